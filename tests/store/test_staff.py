"""Who works here, who did, and codes that let one person in once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from sqlmodel import Session, select

from pipeline import desk
from store import events, staff
from store.engine import Store
from store.facilities import ensure_facility
from store.states import Role
from store.tables import Event, Invite, Staff

Out = TypeVar("Out")
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def home(store: Store) -> int:
    with store.write("test") as db:
        return ensure_facility(
            db, slug="uji", name="Uji", zone="Asia/Jakarta", profile="ayah", now=NOW
        )


def write(store: Store, work: Callable[[Session], Out]) -> Out:
    with store.write("test") as db:
        return work(db)


def add(
    store: Store, home: int, name: str, role: Role = Role.CLERK, telegram: int | None = None
) -> int:
    row = write(
        store,
        lambda db: staff.add(db, home, name=name, role=role, now=NOW, telegram_id=telegram),
    )
    assert row.id is not None
    return row.id


def everybody(store: Store, home: int) -> list[tuple[str, Role, int | None, bool]]:
    with store.read() as db:
        rows = staff.members(db, home)
    return [(row.name, row.role, row.telegram_id, row.active) for row in rows]


def test_the_same_name_is_the_same_person(store: Store, home: int) -> None:
    first = add(store, home, "Budi")
    assert add(store, home, "BUDI", Role.COORDINATOR) == first
    assert everybody(store, home) == [("BUDI", Role.COORDINATOR, None, True)]


def test_the_same_numeric_id_is_the_same_person(store: Store, home: int) -> None:
    first = add(store, home, "Budi", telegram=77)
    assert add(store, home, "Budi Santoso", telegram=77) == first
    assert everybody(store, home) == [("Budi Santoso", Role.CLERK, 77, True)]


def test_a_new_phone_has_not_pressed_start(store: Store, home: int) -> None:
    row = add(store, home, "Budi", telegram=77)

    def start(db: Session) -> None:
        person = db.get(Staff, row)
        assert person is not None
        person.started = True

    write(store, start)
    add(store, home, "Budi", telegram=78)
    with store.read() as db:
        [person] = staff.members(db, home)
    assert (person.telegram_id, person.started) == (78, False)


def test_a_code_is_kept_as_a_hash_and_works_at_the_desk_once(store: Store, home: int) -> None:
    row = add(store, home, "Budi")
    code = write(store, lambda db: staff.invite(db, row, NOW))
    assert len(code) == 22, "128 bits in base64"
    with store.read() as db:
        [kept] = db.exec(select(Invite)).all()
    assert code not in (kept.code_hash, str(kept))
    assert kept.expires_at - NOW == staff.CODE_LIFE
    enrolled = write(store, lambda db: desk.enrol(db, NOW, code, 77))
    assert enrolled.id == row
    with pytest.raises(desk.Refused):
        write(store, lambda db: desk.enrol(db, NOW, code, 78))


def test_a_new_code_ends_the_old_one(store: Store, home: int) -> None:
    row = add(store, home, "Budi")
    old = write(store, lambda db: staff.invite(db, row, NOW))
    write(store, lambda db: staff.invite(db, row, NOW))
    with pytest.raises(desk.Refused):
        write(store, lambda db: desk.enrol(db, NOW, old, 77))


def test_who_leaves_has_no_access_and_no_code(store: Store, home: int) -> None:
    row = add(store, home, "Budi", telegram=77)
    code = write(store, lambda db: staff.invite(db, row, NOW))

    def leave(db: Session) -> None:
        person = db.get(Staff, row)
        assert person is not None
        staff.revoke(db, person, NOW)

    write(store, leave)
    with pytest.raises(desk.Refused):
        write(store, lambda db: desk.enrol(db, NOW, code, 78))
    assert everybody(store, home) == [("Budi", Role.CLERK, 77, False)]
    assert add(store, home, "Budi", telegram=77) == row, "who comes back is the same person"
    assert everybody(store, home) == [("Budi", Role.CLERK, 77, True)]


def test_every_change_is_in_the_trail(store: Store, home: int) -> None:
    add(store, home, "Budi", telegram=77)
    with store.read() as db:
        assert events.first_broken(db, home) is None
        [event] = db.exec(select(Event)).all()
    assert event.kind == "staff-added"
    assert "Budi" not in event.params


def test_the_configured_group_is_enrolled(store: Store, home: int) -> None:
    write(store, lambda db: staff.name_group(db, home, -100, NOW))
    with store.write("test") as db:
        row = staff.group(db, home)
        assert row is not None
        row.broken = "dikeluarkan"
    write(store, lambda db: staff.name_group(db, home, -100, NOW))
    with store.read() as db:
        row = staff.group(db, home)
    assert row is not None
    assert (row.chat_id, row.broken) == (-100, "dikeluarkan"), "naming it again mends nothing"
    write(store, lambda db: staff.name_group(db, home, -200, NOW))
    with store.read() as db:
        row = staff.group(db, home)
    assert row is not None
    assert (row.chat_id, row.broken) == (-200, "")
