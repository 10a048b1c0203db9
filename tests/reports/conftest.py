from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import Session, SQLModel

from store.engine import Store
from store.states import Disposition, Role, SendState
from store.tables import (
    Account,
    Attachment,
    Complaint,
    Contact,
    Delivery,
    Facility,
    Message,
    Reply,
    ReplyPart,
    Staff,
)
from tests.engines import open_with_tables

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
Row = TypeVar("Row", bound=SQLModel)


class Book:
    """Writes a register by hand, row by row, as the pipeline would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.write("test") as db:
            home = Facility(
                slug="uji", name="Uji", zone="Asia/Jakarta", profile="ayah", created_at=NOW
            )
            self.home = self._add(db, home)
            self.account = self._add(
                db,
                Account(
                    facility_id=self.home, channel="email", name="e", since=NOW, created_at=NOW
                ),
            )
            self.contact = self._add(
                db,
                Contact(
                    facility_id=self.home,
                    channel="email",
                    address="warga@contoh.example",
                    name="Warga [bold]",
                    created_at=NOW,
                ),
            )
            self.clerk = self._add(
                db, Staff(facility_id=self.home, name="Ani", role=Role.CLERK, created_at=NOW)
            )
        self._serial = 0

    @staticmethod
    def _add(db: Session, row: Row) -> int:
        db.add(row)
        db.flush()
        key: int = row.id  # type: ignore[attr-defined]
        return key

    def complaint(self, received: datetime = NOW, **more: Any) -> int:
        self._serial += 1
        with self.store.write("test") as db:
            return self._add(
                db,
                Complaint(
                    facility_id=self.home,
                    year=2026,
                    serial=self._serial,
                    number=f"ADU-2026-{self._serial:04}",
                    account_id=self.account,
                    channel="email",
                    contact_id=self.contact,
                    received_at=received,
                    recorded_at=NOW,
                    **more,
                ),
            )

    def message(
        self,
        complaint: int | None,
        text: str,
        *,
        external_id: str,
        minutes: int = 0,
        files: tuple[str, ...] = (),
    ) -> None:
        at = NOW + timedelta(minutes=minutes)
        with self.store.write("test") as db:
            delivery = self._add(
                db,
                Delivery(
                    facility_id=self.home,
                    account_id=self.account,
                    stream="s",
                    transport_id=external_id,
                    received_at=at,
                    fetched_at=at,
                    size=1,
                    raw=b"x",
                    disposition=Disposition.RECORDED,
                ),
            )
            message = self._add(
                db,
                Message(
                    facility_id=self.home,
                    channel="email",
                    identity=external_id,
                    external_id=external_id,
                    delivery_id=delivery,
                    complaint_id=complaint,
                    contact_id=self.contact,
                    conversation="warga@contoh.example",
                    text=text,
                    received_at=at,
                    recorded_at=at,
                    set_aside="" if complaint else "automatic",
                ),
            )
            for name in files:
                self._add(
                    db,
                    Attachment(
                        message_id=message, name=name, content_type="image/jpeg", size=3, part="2"
                    ),
                )

    def reply(self, complaint: int, version: int, *states: SendState) -> None:
        with self.store.write("test") as db:
            reply = self._add(
                db,
                Reply(
                    facility_id=self.home,
                    complaint_id=complaint,
                    version=version,
                    text=f"Jawaban {version}",
                    route="private",
                    recipient="warga@contoh.example",
                    digest="d",
                    author_id=self.clerk,
                    created_at=NOW,
                ),
            )
            for position, state in enumerate(states):
                accepted = state in (SendState.ACCEPTED, SendState.DELIVERED, SendState.READ)
                self._add(
                    db,
                    ReplyPart(
                        facility_id=self.home,
                        account_id=self.account,
                        reply_id=reply,
                        position=position,
                        state=state,
                        accepted_at=NOW + timedelta(minutes=position) if accepted else None,
                    ),
                )


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    store = open_with_tables(tmp_path / "data")
    yield Book(store)
    store.close()
