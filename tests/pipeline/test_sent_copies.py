"""The copy for the provider's Sent folder: after the receipt, and nothing depends on it."""

from dataclasses import dataclass, field

import pytest

from channels.message import OutboundReply
from store.states import SendState
from store.tables import ReplyPart
from tests.doubles import LetterChannel
from tests.pipeline.conftest import Desk


@dataclass
class FilingChannel(LetterChannel):
    """A gateway with a Sent folder."""

    desk: Desk | None = None
    folder_gone: bool = False
    filed: list[tuple[str, SendState]] = field(default_factory=list)
    """What was filed, and how far the desk then was."""

    def file_sent(self, part: OutboundReply) -> bool:
        assert self.desk is not None
        [row] = self.desk.all(ReplyPart)
        self.filed.append((part.text, row.state))
        if self.folder_gone:
            raise RuntimeError("no such folder")
        return True


@pytest.mark.parametrize("gone", [False, True])
def test_filed_once_when_the_receipt_is_kept(desk_of_one: Desk, gone: bool) -> None:
    channel = FilingChannel(desk=desk_of_one)
    desk_of_one.office.channels["hotline"] = channel  # type: ignore[index]
    desk_of_one.arrive("antre lama")
    desk_of_one.settle()
    channel.folder_gone = gone
    desk_of_one.answered("Maaf.")
    desk_of_one.later(desk_of_one.ctx.settings.undo_seconds)
    assert channel.filed == [("Maaf.", SendState.ACCEPTED)]
    desk_of_one.later(3600)
    assert len(channel.sent) == len(channel.filed) == 1
    [row] = desk_of_one.all(ReplyPart)
    assert row.state is SendState.ACCEPTED
