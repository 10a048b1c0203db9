"""How long a complaint waits when the process that has it in hand is killed and started again."""

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.cases import Cases
from tests.faults.site import Site, dovecot
from tests.faults.team import Team

pytestmark = [pytest.mark.dovecot, pytest.mark.slow]


def test_killed_while_it_records_it_goes_on_within_fifteen_seconds(tmp_path: Path) -> None:
    with dovecot() as server, Site(tmp_path, server, lease=30) as site, Team(site) as team:
        cases = Cases(site, team)
        cases.settle(cases.complain())
        deaths = site.kills
        site.order("record.commit:before:1")
        cases.complain()
        cases.until(lambda: site.kills > deaths, "the death")
        begun = time.monotonic()

        def recorded() -> bool:
            with site.database() as db:
                return bool(db.scalar(text("SELECT count(*) FROM complaint")) == 2)

        cases.until(recorded, "the recording")
        took = time.monotonic() - begun
    print(f"\nrecorded {took:.1f} s after the death")
    assert took <= 15
