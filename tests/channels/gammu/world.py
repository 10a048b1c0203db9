"""gammu-smsd for the contract: its folders. The daemon itself: test_daemon.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from channels.gammu import inbox
from tests.channels.contract import World
from tests.channels.gammu import files


@contextmanager
def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    tmp: Path = request.getfixturevalue("tmp_path")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(inbox, "BATCH", 3)
    path = files.spool(tmp / "gammu")
    channel = files.channel(path)
    numbers = count()
    yield World(
        channel=channel,
        unplugged=files.channel(tmp / "nowhere"),
        secrets=(files.CITIZEN,),
        arrive=lambda many: [files.sms(path, next(numbers)) for _ in range(many)],
        reply=files.reply(channel),
        taken=lambda: sum(1 for name in ("outbox", "sent") for _ in (path / name).iterdir()),
        lacks={
            "credentials": "files need none",
            "throttle_poll": "files wait as long as they must",
            "throttle_send": "files wait as long as they must",
            "withdraw": "an SMS cannot be taken back",
            "drop": "a file lies there or does not: nothing is in doubt",
        },
    )
