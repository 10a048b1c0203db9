"""Switches for checks from outside: they work only where every gateway is on loopback."""

import os
from pathlib import Path

from pipeline.errors import UserError
from tanggap import clock
from tanggap.settings import Settings

_NAMES = (
    "TANGGAP_REQUEST_LOG",
    "TANGGAP_FAILPOINT",
    "TANGGAP_FAILPOINT_LOG",
    "TANGGAP_CLOCK_OFFSET_FILE",
)


def apply_switches(settings: Settings) -> None:
    """Arm what the environment asks for. Raises UserError where a real gateway is configured."""
    asked = [name for name in _NAMES if os.environ.get(name)]
    if not asked:
        return
    if not settings.loopback:
        raise UserError(
            f"{asked[0]} hanya untuk pengujian: semua base_url dan host harus 127.0.0.1; hapus "
            "variabel itu."
        )
    if wrong := os.environ.get(_NAMES[3]):
        clock.set_wrong(Path(wrong))
    spec, log = os.environ.get(_NAMES[1], ""), os.environ.get(_NAMES[2])
    if spec or log:
        from store import failpoint

        try:
            failpoint.arm(spec, Path(log) if log else None)
        except ValueError:
            raise UserError(
                f"{_NAMES[1]} harus seperti LABEL:before:1 atau LABEL:after:1."
            ) from None


def request_log(settings: Settings) -> Path | None:
    """The file that takes each outgoing gateway request, where it is allowed."""
    named = os.environ.get(_NAMES[0])
    return Path(named) if named and settings.loopback else None
