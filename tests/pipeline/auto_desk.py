"""What the desk says by itself, driven by hand: recorded, drawn, gone."""

from typing import Any

from sqlmodel import select

from pipeline import autoreplies, inbound
from pipeline.autoreplies import Words
from store.states import AutoReplyKind, SendState
from store.tables import AutoReply
from tests.pipeline.conftest import Desk


def hear(town: Desk, text: str, sender: str = "siti@contoh.id", **fields: Any) -> None:
    """It is recorded; nothing leaves."""
    town.arrive(text, sender, **fields)
    inbound.record_due(town.ctx)


def said(town: Desk, kind: AutoReplyKind) -> list[AutoReply]:
    """The rows of a kind, in their order."""
    return [row for row in town.all(AutoReply) if row.kind is kind]


def receipts(town: Desk) -> list[AutoReply]:
    """The receipts, in their order."""
    return said(town, AutoReplyKind.RECEIPT)


def drawn(town: Desk, row: AutoReply) -> Words | None:
    """What it says now."""
    with town.store.write("test.draw", facility=town.office.id) as db:
        fresh = db.exec(select(AutoReply).where(AutoReply.id == row.id)).one()
        return autoreplies.words(db, town.office, town.clock.now, fresh)


def leave(town: Desk, row: AutoReply) -> Words | None:
    """It is drawn and accepted, or nobody wants it."""
    words = drawn(town, row)
    with town.store.write("test.leave", facility=town.office.id) as db:
        fresh = db.get_one(AutoReply, row.id)
        fresh.state = SendState.ACCEPTED if words else SendState.CANCELLED
        fresh.started_at = fresh.accepted_at = town.clock.now if words else None
    return words


def change(town: Desk, table: Any, id_: int | None, **values: Any) -> None:
    with town.store.write("test.change", facility=town.office.id) as db:
        row = db.get_one(table, id_)
        for name, value in values.items():
            setattr(row, name, value)
