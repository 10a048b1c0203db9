"""Who has which delivery in hand, and what a try that ends badly costs.

A claim is written down before parsing, so that the next worker sees what a dead one held. Of
many that were in hand together nobody knows which one killed the worker: none is charged, each
is tried alone from then on. One that was alone is charged when its worker dies, and the death
before, if there was one, with it: so who kills is put aside after MAX_ATTEMPTS deaths, and its
neighbours lose nothing (docs/adr/0007).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from store.deliveries import Waiting, waiting, waits
from store.states import Disposition
from store.tables import Account, Delivery

MAX_ATTEMPTS = 5
"""Tries that a delivery may spoil before it is put aside for a person."""

BATCH_ROWS = 200
BATCH_BYTES = 8 << 20
"""What one claim takes at most, unless a single row is larger: bounds memory and time."""

DIED = "died"
"""Reason of a quarantine: its worker died each time."""
FAILED = "failed"
"""Reason of a quarantine: it could not be parsed or recorded; `error` names the exception."""
MISSING = "missing"
"""Reason of a quarantine: its file has gone, which no further try can mend."""

_table: Any = Delivery.__table__  # type: ignore[attr-defined]
_accounts: Any = Account.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker may parse now, and what was given up on the way."""

    rows: Sequence[Waiting]
    at_stake: int
    """Tries that the only row loses should this process die; 0 in company."""
    quarantined: Sequence[int]
    """Ids that had no try left and were put aside by this claim."""


@dataclass(frozen=True, slots=True)
class _Next:
    """A row as the choice needs it."""

    id: int
    size: int
    attempts: int
    claimed_by: str | None
    at_stake: int

    def died(self, holder: str) -> bool:
        """Whether somebody else had it in hand. He holds the lease no more, so he is gone."""
        return self.claimed_by not in (None, holder)

    def alone(self, holder: str) -> bool:
        return bool(self.attempts or self.at_stake) or self.died(holder)


def any_due(db: Session, facility_id: int, account_ids: Sequence[int]) -> bool:
    """Whether these accounts have anything to claim."""
    # In order, or PostgreSQL would look for one of many from the table's beginning.
    query = select(_table.c.id).where(*_ours(facility_id, account_ids))
    query = query.order_by(_table.c.id).limit(1)
    return db.connection().execute(query).first() is not None


def claim(
    db: Session,
    facility_id: int,
    account_ids: Sequence[int],
    holder: str,
    limit: int = BATCH_ROWS,
    max_bytes: int = BATCH_BYTES,
) -> Claim:
    """Take what these accounts brought, in the order of arrival; commit before parsing.

    `holder` names the process, the same for all its claims: what it still has in hand itself is
    no death. Whatever has no try left is quarantined on the way. The caller holds the facility's
    lease; nothing is locked: who records asks `still_pending` in the transaction that settles.
    """
    quarantined: list[int] = []
    while chosen := _choose(db, facility_id, account_ids, holder, limit, max_bytes):
        first = chosen[0]
        spent = first.attempts + (first.at_stake if first.died(holder) else 0)
        if spent < MAX_ATTEMPTS:
            stake = _stake(chosen, holder)
            _take(db, [row.id for row in chosen], holder, stake)
            if spent != first.attempts:
                _set_attempts(db, first.id, spent)
            rows = waiting(db, [row.id for row in chosen])
            return Claim(rows, stake, quarantined)
        _set_attempts(db, first.id, spent)
        quarantine(db, first.id, DIED)
        quarantined.append(first.id)
    return Claim([], 0, quarantined)


def failed(db: Session, id_: int, error: BaseException) -> bool:
    """Charge a delivery for its own failure; True when that was its last try.

    The error is kept by its type only: a message may quote a citizen.
    """
    attempts = (
        db.connection()
        .execute(
            update(_table)
            .where(_table.c.id == id_, waits())
            .values(
                attempts=_table.c.attempts + 1,
                error=type(error).__name__,
                claimed_by=None,
                at_stake=None,
            )
            .returning(_table.c.attempts)
        )
        .scalar_one_or_none()
    )
    if attempts is None or attempts < MAX_ATTEMPTS:
        return False
    quarantine(db, id_, FAILED)
    return True


def quarantine(db: Session, id_: int, reason: str) -> None:
    """Put a pending delivery aside for a person; DIED, FAILED or MISSING says why."""
    db.connection().execute(
        update(_table)
        .where(_table.c.id == id_, waits())
        .values(disposition=Disposition.QUARANTINED, reason=reason, claimed_by=None, at_stake=None)
    )


def absolve(db: Session, claim: Claim, holder: str) -> None:
    """We were slow and another took over, but nobody died: what he charged for it goes back."""
    for row in claim.rows:
        ours = _table.c.id == row.id, waits()
        db.connection().execute(
            update(_table)
            .where(*ours, _table.c.claimed_by == holder)
            .values(claimed_by=None, at_stake=None)
        )
        if claim.at_stake:
            db.connection().execute(
                update(_table)
                .where(
                    *ours,
                    _table.c.claimed_by != holder,
                    _table.c.attempts >= row.attempts + claim.at_stake,
                )
                .values(attempts=_table.c.attempts - claim.at_stake)
            )


def put_back(db: Session, facility_id: int, holder: str) -> None:
    """Let go of what a process that ends in good order has in hand, so that it is no death."""
    db.connection().execute(
        update(_table)
        .where(_table.c.facility_id == facility_id, waits(), _table.c.claimed_by == holder)
        .values(claimed_by=None, at_stake=None)
    )


def _choose(
    db: Session,
    facility_id: int,
    account_ids: Sequence[int],
    holder: str,
    limit: int,
    max_bytes: int,
) -> list[_Next]:
    """What comes next; one that was tried before, or in a dead worker's hands, comes alone."""
    column = _table.c
    chosen: list[_Next] = []
    total = 0
    for id_, size, attempts, claimed_by, at_stake in db.connection().execute(
        select(column.id, column.size, column.attempts, column.claimed_by, column.at_stake)
        .where(*_ours(facility_id, account_ids))
        .order_by(column.id)
        .limit(limit)
    ):
        row = _Next(id_, size, attempts, claimed_by, at_stake or 0)
        total += size
        if chosen and (row.alone(holder) or total > max_bytes):
            break
        chosen.append(row)
        if row.alone(holder):
            break
    return chosen


def _stake(chosen: Sequence[_Next], holder: str) -> int:
    """What the claim costs its only row should this process die."""
    first = chosen[0]
    if len(chosen) > 1:
        return 0
    if first.died(holder):
        return 1 if first.at_stake else 2  # a death in company was perhaps its doing already
    return first.at_stake or 1


def _take(db: Session, ids: Sequence[int], holder: str, at_stake: int) -> None:
    db.connection().execute(
        update(_table).where(_table.c.id.in_(ids)).values(claimed_by=holder, at_stake=at_stake)
    )


def _set_attempts(db: Session, id_: int, attempts: int) -> None:
    db.connection().execute(update(_table).where(_table.c.id == id_).values(attempts=attempts))


def _ours(facility_id: int, account_ids: Sequence[int]) -> tuple[Any, ...]:
    # By those that are left out, of which there are few or none: asked for by name, both planners
    # would take the account's index, which knows nothing of the order, and one that they cannot
    # judge makes PostgreSQL walk everything that waits.
    others = select(_accounts.c.id).where(
        _accounts.c.facility_id == facility_id, _accounts.c.id.not_in(account_ids)
    )
    return _table.c.facility_id == facility_id, waits(), _table.c.account_id.not_in(others)
