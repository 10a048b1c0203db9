"""Each protection is switched off in turn: then the checker has to find damage. With all of them
on, the very same mishap leaves nothing to find.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from simulator.dovecot import DovecotServer
from simulator.faults import DROP_BEFORE_COMMIT, Call, Cut, Moment
from simulator.imap import ImapServer
from tests.faults.cases import Cases
from tests.faults.site import DovecotUser, Site, dovecot
from tests.faults.team import Team

pytestmark = [pytest.mark.dovecot, pytest.mark.slow]


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with dovecot() as running:
        yield running


@contextmanager
def _running(folder: Path, server: ImapServer, off: str, undo: float = 0.0) -> Iterator[Cases]:
    """A desk of its own mailbox, with one protection switched off or (empty) none."""
    assert isinstance(server, DovecotServer)
    own = DovecotUser(server, folder.name)
    os.environ["SABOTAGE"] = off
    try:
        site = Site(folder, own, entry="tests.faults.sabotage", undo=undo)
        with site, Team(site) as team:
            cases = Cases(site, team)
            cases.settle(cases.complain())
            yield cases
    finally:
        del os.environ["SABOTAGE"]


def _cursor_lost(cases: Cases) -> None:
    """A backup is played back: the cursor of last week, the mail of today."""
    with cases.site.database() as db:
        db.execute(text("DELETE FROM cursor"))
    cases.settle(cases.complain())


def _killed_between_cursor_and_mail(cases: Cases) -> None:
    """The process dies at the first commit after a mail was fetched."""
    deaths = cases.site.kills
    cases.site.order("ingest.cursor:after:1" if _off() else "ingest.keep:after:1")
    cases.complain(times=1)
    cases.until(lambda: cases.site.kills > deaths, "the kill")
    cases.settle(cases.complain())


def _killed_after_smtp_took_it(cases: Cases) -> None:
    """The mail server has the answer, the process never learns of it."""
    site = cases.site
    deaths = site.kills
    site.faults.add(Cut(Moment.COMMIT, strike=site.kill), gateway="smtp", method="DATA")
    address = cases.complain()
    cases.until(lambda: site.kills > deaths, "the kill")
    cases.settle(address)
    site.rest()


def _slept_through_its_lease(cases: Cases) -> None:
    """A process is paused with a mail in its hands; another takes over; it wakes."""
    site = cases.site
    sleeper = site.pid
    slept: list[int] = []

    def pause(call: Call) -> bool:
        """As it asks for a mail, which then waits for it in its socket; nothing goes wrong."""
        if "BODY" in str(call.params) and not slept:
            site.pause(sleeper)
            slept.append(sleeper)
        return False

    site.faults.add(DROP_BEFORE_COMMIT, gateway="imap", method="UID FETCH", where=pause)
    first = cases.complain()
    cases.until(lambda: bool(slept), "the pause")
    with site.second():
        cases.settle(first)
        cases.settle(cases.complain())
        before = len(site.points.read_text().split())
        os.kill(sleeper, signal.SIGCONT)

        def awake() -> bool:
            return site.points.read_text().split()[before:].count("ingest.lease:after") >= 2

        cases.until(awake, "the awakening")
        site.rest()


def _text_changed_after_approval(cases: Cases) -> None:
    """Somebody reaches into the database between the approval and the sending."""
    address = cases.complain()
    changed = (
        "UPDATE reply_part SET text = 'Tidak ada yang salah.' WHERE state = 'pending'"
        " RETURNING reply_id"
    )
    also = "UPDATE reply SET text = 'Tidak ada yang salah.' WHERE id = :reply"

    def change() -> bool:
        with cases.site.database() as db:
            replies = db.execute(text(changed)).scalars().all()
            for reply in replies:
                db.execute(text(also), {"reply": reply})
            return bool(replies)

    def decided() -> bool:
        with cases.site.database() as db:
            query = text("SELECT 1 FROM reply_part WHERE reason = 'digest'")
            held = db.execute(query).first()
        return held is not None or bool(cases.site.mail.letters(address))

    cases.until(change, "the approval")
    cases.until(decided, "the sending")


def _off() -> str:
    return os.environ.get("SABOTAGE", "")


MISHAPS: dict[str, tuple[Callable[[Cases], None], str, float]] = {
    "delivery-key": (_cursor_lost, "kept twice", 0.0),
    "raw-first": (_killed_between_cursor_and_mail, "lost", 0.0),
    "expired-unknown": (_killed_after_smtp_took_it, "answered twice", 0.0),
    "lease-fencing": (_slept_through_its_lease, "a cursor went back", 0.0),
    "digest-binding": (_text_changed_after_approval, "never approved", 2.0),
}


@pytest.mark.parametrize("name", MISHAPS)
def test_the_checker_finds_the_damage_without_it(
    name: str, server: ImapServer, tmp_path: Path
) -> None:
    mishap, expected, undo = MISHAPS[name]
    with _running(tmp_path, server, name, undo) as cases:
        mishap(cases)
        found = cases.damage()
    assert [what for what in found if what.startswith(expected)], found


@pytest.mark.parametrize("name", MISHAPS)
def test_with_it_the_same_mishap_does_no_damage(
    name: str, server: ImapServer, tmp_path: Path
) -> None:
    mishap, _, undo = MISHAPS[name]
    with _running(tmp_path, server, "", undo) as cases:
        mishap(cases)
        found = cases.damage()
    if name == "digest-binding":
        # What was tampered with stays here, and a person knows: that answer is not lost.
        found = [what for what in found if not what.startswith(("answer lost", "register says"))]
    assert found == []
