"""Cases that run through a site while something is done to it."""

import time
from collections.abc import Callable

from sqlalchemy import text

from tests.faults.checker import damage
from tests.faults.site import Site, letter
from tests.faults.team import Team

_LIMIT = 45.0


class Cases:
    """Citizens who complain one after the other, each of whom gets one answer."""

    def __init__(self, site: Site, team: Team) -> None:
        self.site = site
        self.team = team
        self.citizens: dict[str, str] = {}

    def complain(self, times: int = 2) -> str:
        """One citizen's mail, delivered twice; returns the address."""
        count = len(self.citizens) + 1
        address, words = f"warga{count}@contoh.id", f"Antrean loket {count} lama sekali."
        mail = letter(address, words, message_id=f"aduan-{count}@contoh.id")
        self.citizens[address] = words
        for _ in range(times):
            self.site.receive(mail)
        return address

    def finished(self, address: str) -> bool:
        """The answer lies in the mailbox, the register says so, nothing waits."""
        with self.site.database() as db:
            status = (
                db.execute(
                    text(
                        "SELECT complaint.status FROM complaint"
                        " JOIN contact ON contact.id = complaint.contact_id"
                        " WHERE contact.address = :address"
                    ),
                    {"address": address},
                )
                .scalars()
                .all()
            )
            waiting = db.scalar(text("SELECT count(*) FROM delivery WHERE disposition = 'pending'"))
        return status == ["answered"] and not waiting and bool(self.site.mail.letters(address))

    def settle(self, address: str) -> None:
        """Until this case is finished. Raises AssertionError with what is known."""
        self.until(lambda: self.finished(address), address)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look again whenever something happened in the chat, for a bounded time."""
        end = time.monotonic() + _LIMIT
        world = self.site.telegram.world
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come to an end:\n{self.site.state()}")
            with world.changed:
                world.changed.wait(0.05)

    def damage(self) -> list[str]:
        """What the checker finds."""
        return damage(self.site, self.citizens, self.team.approved)
