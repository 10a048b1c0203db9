"""The invented mails of the corpus, and the desk's own data that reads them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.message import Delivery

FOLDER = Path(__file__).parent / "corpus"
KEY = b"kunci-uji"
OWN = "aduan@puskesmas-melati.example"
DOMAIN = "puskesmas-melati.example"
AUTHSERV = "mx.puskesmas-melati.example"
NOW = datetime(2026, 1, 5, 2, 13, tzinfo=UTC)


@dataclass(frozen=True)
class Mail:
    """One mail of the corpus with what a person says it means."""

    name: str
    path: Path
    raw: bytes
    expected: dict[str, Any]

    @property
    def role(self) -> str:
        return str(self.expected["role"])


def corpus() -> list[Mail]:
    """Every mail of the folder, each with its JSON beside it."""
    return [
        Mail(
            name=path.stem,
            path=path,
            raw=path.read_bytes(),
            expected=json.loads(path.with_suffix(".json").read_text(encoding="utf-8")),
        )
        for path in sorted(FOLDER.glob("*.eml"))
    ]


def delivery(raw: bytes | Path, *, role: str = "inbox", size: int | None = None) -> Delivery:
    """A delivery of `raw` from a folder with `role`."""
    length = len(raw) if isinstance(raw, bytes) else raw.stat().st_size
    return Delivery(
        account="uji",
        stream=role,
        transport_id="INBOX:1:1",
        received_at=NOW,
        raw=raw,
        size=length if size is None else size,
        meta={"role": role},
    )


CORPUS_NAMES = [path.stem for path in sorted(FOLDER.glob("*.eml"))]
