"""The facilities there are, and their accounts at the gateways, as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from store.tables import Account, Facility


def ensure_facility(
    db: Session, *, slug: str, name: str, zone: str, profile: str, now: datetime
) -> int:
    """The facility's id, with its row made or brought up to date."""
    row = db.exec(select(Facility).where(Facility.slug == slug)).one_or_none()
    if row is None:
        row = Facility(slug=slug, name=name, zone=zone, profile=profile, created_at=now)
    row.name, row.zone, row.profile = name, zone, profile
    db.add(row)
    db.flush()
    assert row.id is not None
    return row.id


def rename_only(db: Session, slug: str) -> None:
    """Give the one facility there is a new slug: the configured one was renamed.

    With none or several, or where the slug is known already, nothing happens.
    """
    rows = db.exec(select(Facility).limit(2)).all()
    if len(rows) == 1 and rows[0].slug != slug:
        rows[0].slug = slug
        db.add(rows[0])
        db.flush()


def facilities(db: Session) -> Sequence[Facility]:
    """All of them, the oldest first."""
    return db.exec(select(Facility).order_by(col(Facility.id))).all()


def ensure_account(
    db: Session,
    facility_id: int,
    *,
    channel: str,
    name: str,
    address: str = "",
    since: datetime | None = None,
    now: datetime,
) -> int:
    """The account's id, with its row made or brought up to date.

    Without a `since` of the configuration, the moment of its first start stays the border.
    """
    row = db.exec(
        select(Account).where(Account.facility_id == facility_id, Account.name == name)
    ).one_or_none()
    if row is None:
        row = Account(
            facility_id=facility_id,
            channel=channel,
            name=name,
            # Whole seconds, because mail servers tell no more of an arrival.
            since=since or now.replace(microsecond=0),
            created_at=now,
        )
    row.channel, row.address = channel, address
    row.since = since or row.since
    db.add(row)
    db.flush()
    assert row.id is not None
    return row.id


def accounts(db: Session, facility_id: int) -> Sequence[Account]:
    """A facility's accounts, the oldest first."""
    return db.exec(
        select(Account).where(Account.facility_id == facility_id).order_by(col(Account.id))
    ).all()
