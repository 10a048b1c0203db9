"""What came in and has no end yet, or a bad one; and whether the counts add up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, ColumnElement, literal_column
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from store.states import Disposition
from store.tables import Account, Complaint, Counter, Delivery, Message


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A delivery that was put aside for a person."""

    id: int
    account: str
    channel: str
    received_at: datetime
    reason: str
    """DIED, FAILED or MISSING of `store.claims`."""
    error: str
    """The exception's type, where there was one."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Deliveries of one account that wait to be recorded."""

    account_id: int
    account: str
    channel: str
    count: int
    oldest: datetime
    """When the first of them was fetched."""


@dataclass(frozen=True, slots=True)
class End:
    """What became of a delivery."""

    id: int
    account_id: int
    account: str
    disposition: Disposition
    reason: str
    error: str
    number: str
    """Of the complaint that its first message is in; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A facility's deliveries, messages and numbers, held against each other."""

    deliveries: int
    by_disposition: dict[str, int]
    """Sums to `deliveries`; a word that is no disposition stands here as it is stored."""
    without_message: int
    """Recorded or joined, and yet no message of theirs is in a case."""
    misplaced: int
    """Messages in a case whose delivery ended as something that opens none."""
    numbers_missing: int
    """Numbers that were given and that no complaint bears."""

    @property
    def adds_up(self) -> bool:
        """Every delivery has exactly one end, and the sums agree."""
        known = set(map(str, Disposition))
        return (
            sum(self.by_disposition.values()) == self.deliveries
            and known.issuperset(self.by_disposition)
            and not (self.without_message or self.misplaced or self.numbers_missing)
        )


def quarantined(db: Session, facility_id: int) -> list[Quarantined]:
    """All of them, oldest first."""
    # The index's own words: a partial index serves only a query that repeats its condition.
    aside: ColumnElement[bool] = literal_column("delivery.disposition = 'quarantined'", Boolean)
    found = db.execute(
        select_columns(
            col(Delivery.id),
            col(Account.name),
            col(Account.channel),
            col(Delivery.received_at),
            col(Delivery.reason),
            col(Delivery.error),
        )
        .join_from(Delivery, Account, col(Account.id) == Delivery.account_id)
        .where(col(Delivery.facility_id) == facility_id, aside)
        .order_by(col(Delivery.id))
    )
    return [Quarantined(id_ or 0, *rest) for id_, *rest in found]


def queued(db: Session, facility_id: int) -> list[Queued]:
    """What waits, by account."""
    pending: ColumnElement[bool] = literal_column("delivery.disposition = 'pending'", Boolean)
    found = db.execute(
        select_columns(
            col(Delivery.account_id),
            col(Account.name),
            col(Account.channel),
            func.count(),
            func.min(Delivery.fetched_at),
        )
        .join_from(Delivery, Account, col(Account.id) == Delivery.account_id)
        .where(col(Delivery.facility_id) == facility_id, pending)
        .group_by(col(Delivery.account_id), col(Account.name), col(Account.channel))
        .order_by(col(Account.name))
    )
    return [Queued(*row) for row in found]


def ends(db: Session, facility_id: int, ids: Collection[int]) -> list[End]:
    """How these deliveries stand, as far as they are the facility's, oldest first."""
    numbers = _numbers(db, facility_id, ids)
    found = db.execute(
        select_columns(
            col(Delivery.id),
            col(Delivery.account_id),
            col(Account.name),
            col(Delivery.disposition),
            col(Delivery.reason),
            col(Delivery.error),
        )
        .join_from(Delivery, Account, col(Account.id) == Delivery.account_id)
        .where(col(Delivery.facility_id) == facility_id, col(Delivery.id).in_(ids))
        .order_by(col(Delivery.id))
    )
    return [
        End(id_ or 0, account_id, account, end, reason, error, numbers.get(id_ or 0, ""))
        for id_, account_id, account, end, reason, error in found
    ]


def balance(db: Session, facility_id: int) -> Balance:
    """Count everything; reads whole tables, so it is for `tanggap doctor`."""
    ours = col(Delivery.facility_id) == facility_id
    # As text: a word that no enumeration knows must be seen, not raise.
    word: ColumnElement[str] = literal_column("delivery.disposition")
    by_disposition = {
        str(name): count
        for name, count in db.execute(
            select_columns(word, func.count()).select_from(Delivery).where(ours).group_by(word)
        )
    }
    in_case = select_columns(col(Message.delivery_id)).where(
        col(Message.facility_id) == facility_id, col(Message.complaint_id).is_not(None)
    )
    return Balance(
        deliveries=_count(db, Delivery, ours),
        by_disposition=by_disposition,
        without_message=_count(
            db,
            Delivery,
            ours,
            col(Delivery.disposition).in_((Disposition.RECORDED, Disposition.JOINED)),
            col(Delivery.id).not_in(in_case),
        ),
        misplaced=_misplaced(db, facility_id),
        numbers_missing=_given(db, facility_id)
        - _count(db, Complaint, col(Complaint.facility_id) == facility_id),
    )


_OPENS_NONE: Sequence[Disposition] = (
    Disposition.DUPLICATE,
    Disposition.STATUS,
    Disposition.ECHO,
    Disposition.SET_ASIDE,
)


def _numbers(db: Session, facility_id: int, ids: Collection[int]) -> dict[int, str]:
    found = db.exec(
        select(Message.delivery_id, Complaint.number)
        .join(Complaint, col(Complaint.id) == Message.complaint_id)
        .where(Message.facility_id == facility_id, col(Message.delivery_id).in_(ids))
        .order_by(col(Message.id).desc())  # so that the first message has the last word
    )
    return dict(found.all())


def _misplaced(db: Session, facility_id: int) -> int:
    return db.exec(
        select(func.count())
        .select_from(Message)
        .join(Delivery, col(Delivery.id) == Message.delivery_id)
        .where(
            Message.facility_id == facility_id,
            col(Message.complaint_id).is_not(None),
            col(Delivery.disposition).in_(_OPENS_NONE),
        )
    ).one()


def _given(db: Session, facility_id: int) -> int:
    query = select(func.coalesce(func.sum(Counter.last), 0))
    return int(db.exec(query.where(Counter.facility_id == facility_id)).one())


def _count(db: Session, table: type, *conditions: ColumnElement[bool]) -> int:
    return db.exec(select(func.count()).select_from(table).where(*conditions)).one()
