"""What came by WhatsApp, telephone, counter, letter or box, typed in by a clerk.

It takes the same way as everything else: raw first, then recorded.
"""

import json
from datetime import datetime

from sqlmodel import Session

from pipeline.desk import access
from pipeline.desk.refused import Refused
from pipeline.ports import Office
from store.states import Disposition
from store.tables import Delivery, Staff
from store.upsert import insert_into

ACCOUNT = "manual"
"""The account every facility has for this."""


def record_by_hand(
    db: Session,
    now: datetime,
    office: Office,
    actor: Staff,
    *,
    key: str,
    text: str,
    medium: str,
    contact: str = "",
    name: str = "",
) -> None:
    """Keep what was typed as a raw delivery; `key` makes it once (bot and update id).

    Recording gives the case to the person who typed it. Raises Refused: empty-text.
    """
    access.may_work(office, actor)
    if not text.strip():
        raise Refused("empty-text")
    raw = json.dumps(
        {"text": text.strip(), "medium": medium, "contact": contact, "name": name},
        ensure_ascii=False,
    ).encode()
    db.execute(
        insert_into(db, Delivery)
        .values(
            facility_id=office.id,
            account_id=office.accounts[ACCOUNT],
            stream="desk",
            transport_id=key,
            revision="0",
            meta=json.dumps({"staff": str(actor.id)}),
            received_at=now,
            fetched_at=now,
            size=len(raw),
            raw=raw,
            disposition=Disposition.PENDING,
            reason="",
            attempts=0,
            error="",
        )
        .on_conflict_do_nothing()
    )
