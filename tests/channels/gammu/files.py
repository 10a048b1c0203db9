"""Files as gammu-smsd writes them, and a spool to put them into."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from channels.gammu.adapter import GammuChannel
from channels.gammu.config import GammuConfig
from channels.message import OutboundReply, RouteKind
from tests.channels.world import NOW

CITIZEN = "+6281200000001"


def spool(path: Path) -> Path:
    for name in ("inbox", "outbox", "sent", "error"):
        (path / name).mkdir(parents=True)
    return path


def channel(
    path: Path,
    *,
    key: bytes = b"kunci-uji",
    name: str = "modem",
    clock: Callable[[], datetime] = lambda: NOW,
) -> GammuChannel:
    config = GammuConfig(name=name, spool=path, number="+6281299990000")
    return GammuChannel(config, key=key, clock=clock)


def reply(channel: GammuChannel, number: int = 7, **changed: object) -> OutboundReply:
    fields: dict[str, object] = {
        "part": number,
        "route": RouteKind.PRIVATE,
        "recipient": CITIZEN,
        "text": "Loket sudah ditambah. (ADU-2026-0042)",
        "external_id": channel.external_id(number),
    }
    return OutboundReply(**(fields | changed))  # type: ignore[arg-type]


def section(
    text: str, *, sender: str = CITIZEN, udh: str = "", moment: str = "20261102T030000Z", n: int = 0
) -> str:
    digits = text.encode("utf-16-be", "surrogatepass").hex().upper()
    chunks = [digits[at : at + 200] for at in range(0, len(digits), 200)] or [""]
    lines = [f"[SMSBackup{n:03}]", "; (lihat Text00)", "PDU = Deliver", f"DateTime = {moment}"]
    lines += [f'Number = "{sender}"']
    lines += [f"UDH = {udh}"] if udh else []
    lines += [f"Text{at:02} = {chunk}" for at, chunk in enumerate(chunks)]
    lines += ["Coding = Unicode_No_Compression", "MessageReference = 0", "", ""]
    return "\n".join(lines)


def put(path: Path, name: str, *sections: str) -> Path:
    file = path / "inbox" / name
    file.write_text("; This file format was designed for Gammu\n\n" + "".join(sections))
    return file


def sms(path: Path, number: int, text: str = "Antrean lama sekali", sender: str = CITIZEN) -> Path:
    name = f"IN20261102_03{number:04}_00_{sender}_00.txt"
    return put(path, name, section(text, sender=sender, moment=f"20261102T03{number:04}Z"))
