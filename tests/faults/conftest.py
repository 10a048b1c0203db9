"""One site a test module: cases go through it one after the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cases import Cases
from tests.faults.site import Site, dovecot
from tests.faults.team import Team


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    """A running desk with a team that works."""
    folder: Path = tmp_path_factory.mktemp("site")
    with dovecot() as server, Site(folder, server) as site, Team(site) as team:
        made = Cases(site, team)
        made.settle(made.complain())
        yield made
