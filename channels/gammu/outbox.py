"""Files into the outbox, and what has become of them: smsd moves each, under its name, to sent or
error. The name is ours and the same for ever, so that whatever is there once is not put there
again.

https://docs.gammu.org/smsd/files.html: OUT<priority>_<recipient>_<serial>.txt, the serial being
our id; sent in the order of the names, and so in the order of the parts.
"""

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from channels.errors import Permanent, Transient
from channels.gammu.config import GammuConfig
from channels.message import DeliveryState, OutboundReply, Receipt, StatusUpdate
from channels.phone import later_ids

KEEP = timedelta(days=30)
"""So long our own files stay in sent and error."""
_RECIPIENT = re.compile(r"\+?[0-9]{3,15}\Z")
_OURS = re.compile(r"OUTC_\+?[0-9]{3,15}_(tanggap-[0-9a-f]{8}-[ar][0-9]{10}(?:-[2-9])?)\.txt\Z")


class Outbox:
    """Writes and looks; any thread may."""

    def __init__(self, config: GammuConfig) -> None:
        self._config = config

    def send(self, part: OutboundReply, now: datetime) -> Receipt:
        """Put it there, unless it is there, or was, already. Raises Transient, Permanent."""
        if not _RECIPIENT.match(part.recipient):
            raise Permanent("Nomor tujuan SMS tidak dapat dipakai; jawab dengan cara lain.")
        try:
            places = self._places()
            for chosen in later_ids(part.external_id):
                if chosen not in places:
                    self._write(f"OUTC_{part.recipient}_{chosen}.txt", part.text)
                if places.get(chosen) != self._config.error:
                    return Receipt(external_id=chosen, at=now)
        except OSError as error:
            raise self._no_folder(type(error).__name__) from None
        raise Permanent("SMS ini sudah sembilan kali gagal dikirim modem; jawab dengan cara lain.")

    def status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """What smsd has done since. The citizen's telephone has no say in it: that the network
        took it is the last that is known. Raises Transient.
        """
        try:
            places = self._places()
        except OSError as error:
            raise self._no_folder(type(error).__name__) from None
        for chosen in external_ids:
            place = places.get(chosen)
            if place == self._config.error:
                yield StatusUpdate(external_id=chosen, state=DeliveryState.FAILED, reason="modem")
            elif place == self._config.sent:
                yield StatusUpdate(external_id=chosen, state=DeliveryState.ACCEPTED)

    def waiting_since(self) -> datetime | None:
        """When the oldest file that still waits to be sent was put there."""
        waiting = [path for path in self._config.outbox.iterdir() if path.name.startswith("OUT")]
        times = [path.stat().st_mtime for path in waiting]
        return datetime.fromtimestamp(min(times)).astimezone() if times else None

    def clear(self, now: datetime) -> None:
        """Delete our own old files: numbers and answers do not lie about for ever."""
        for folder in (self._config.sent, self._config.error):
            with contextlib.suppress(OSError):  # a courtesy: the next poll tries again
                for path in folder.iterdir():
                    if _OURS.match(path.name):
                        age = now.timestamp() - path.stat().st_mtime
                        if age > KEEP.total_seconds():
                            path.unlink()

    def _places(self) -> dict[str, Path]:
        """Our id → the folder that its file is in. Looked through in the order in which smsd moves
        it: what is moved between two looks is seen by the second. Raises OSError.
        """
        places = {}
        for folder in (self._config.outbox, self._config.sent, self._config.error):
            for path in folder.iterdir():
                if match := _OURS.match(path.name):
                    places[match[1]] = folder
        return places

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, and after a power cut too. Raises OSError."""
        hidden = self._config.outbox / f".{name}"  # smsd passes over names that begin so
        with hidden.open("wb") as file:
            file.write(b"\xff\xfe" + text.encode("utf-16-le", "replace"))
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(self._config.outbox / name)
        with contextlib.suppress(OSError):  # Windows has no such thing
            folder = os.open(self._config.outbox, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _no_folder(self, detail: str) -> Transient:
        return Transient(
            "Folder outbox, sent atau error gammu tidak dapat dipakai; periksa setelan spool dan "
            "hak aksesnya.",
            detail=detail,
        )
