"""The pipeline's desk behind a gateway of short messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlmodel import select

from store.tables import Account
from tests.doubles import ChatChannel
from tests.pipeline.conftest import Desk, make_desk


@contextmanager
def chat_desk(folder: Path, channel: ChatChannel | None = None) -> Iterator[Desk]:
    """One office whose hotline is a ChatChannel."""
    desk = make_desk(folder)
    with_chat(desk, channel or ChatChannel())
    yield desk
    desk.store.close()


def with_chat(desk: Desk, channel: ChatChannel) -> None:
    """The hotline of this desk from here on."""
    assert isinstance(desk.office.channels, dict)
    desk.office.channels["hotline"] = desk.letters = channel


def gateway(desk: Desk) -> ChatChannel:
    """The hotline's double."""
    return cast(ChatChannel, desk.letters)


def second_account(desk: Desk, channel: ChatChannel) -> int:
    """One more account of this office; its id."""
    assert isinstance(desk.office.channels, dict)
    assert isinstance(desk.office.accounts, dict)
    with desk.store.write("test.account", facility=desk.office.id) as db:
        first = db.exec(select(Account).where(Account.name == "hotline")).one()
        row = Account(
            facility_id=desk.office.id,
            channel=channel.channel,
            name=channel.account,
            since=first.since,
            created_at=first.created_at,
        )
        db.add(row)
        db.flush()
        account_id = row.id or 0
    desk.office.accounts[channel.account] = account_id
    desk.office.channels[channel.account] = channel
    return account_id
