"""What `tanggap doctor` says about gammu-smsd's folders, each finding with its cure."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from channels.base import Finding
from channels.gammu import backup
from channels.gammu.config import GammuConfig
from channels.gammu.outbox import Outbox

STUCK = timedelta(minutes=15)
"""So long nothing waits in the outbox of a daemon that runs and has signal and credit."""


def check(config: GammuConfig, outbox: Outbox, now: datetime) -> Iterator[Finding]:
    """Look at the folders. Changes nothing."""
    name = config.name
    missing = [folder.name for folder in config.folders if not folder.is_dir()]
    if missing:
        yield Finding(
            ok=False,
            what=f"{name}: folder {', '.join(missing)} tidak ada di {config.spool}",
            fix="buat foldernya, atau perbaiki spool di [[gammu]]: folder yang berisi inbox, "
            "outbox, sent, dan error milik gammu-smsd",
        )
        return
    closed = [folder.name for folder in config.folders if not os.access(folder, os.R_OK | os.W_OK)]
    if closed:
        yield Finding(
            ok=False,
            what=f"{name}: folder {', '.join(closed)} tidak dapat dibaca dan ditulis",
            fix="beri hak baca dan tulis kepada pengguna yang menjalankan Tanggap",
        )
        return
    yield Finding(ok=True, what=f"{name}: folder gammu-smsd dapat dibaca dan ditulis")
    yield from _waiting(name, outbox.waiting_since(), now)
    yield from _format(config)


def _waiting(name: str, since: datetime | None, now: datetime) -> Iterator[Finding]:
    if since is not None and now - since > STUCK:
        yield Finding(
            ok=False,
            what=f"{name}: SMS menunggu dikirim sejak {since:%d-%m-%Y %H.%M}",
            fix="periksa apakah gammu-smsd berjalan (systemctl status gammu-smsd), modem "
            "terpasang, serta kartu SIM punya sinyal dan pulsa",
        )
    else:
        yield Finding(ok=True, what=f"{name}: tidak ada SMS yang tertahan di outbox")


def _format(config: GammuConfig) -> Iterator[Finding]:
    for path in sorted(config.inbox.glob("IN*"))[:20]:
        raw = path.read_bytes()[:100_000]
        if backup.whole(raw) and not backup.segments(raw):
            yield Finding(
                ok=False,
                what=f"{config.name}: gammu-smsd menulis SMS dalam format lain",
                fix="setel inboxformat = detail di bagian [smsd], lalu mulai ulang gammu-smsd",
            )
            return
