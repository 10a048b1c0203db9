"""The contract as a table: which channel kept which promise in this run."""

import re
from collections.abc import Iterable

from _pytest.reports import TestReport

_CASE = re.compile(r"tests/channels/test_contract\.py::test_(\w+)\[(\w+)\]")
_SHOWN = {"passed": "yes", "failed": "NO", "skipped": "skipped"}


def lines(reports: Iterable[TestReport]) -> list[str]:
    """A line a test, a column a channel: yes, NO, skipped, or a note's number where the gateway
    has no such thing; the notes below. Empty when the contract was not run.
    """
    cells: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    for report in reports:
        found = _CASE.search(report.nodeid)
        if found is None or (report.when != "call" and report.outcome == "passed"):
            continue
        test, channel = found[1], found[2]
        lacking = [str(why) for name, why in report.user_properties if name == "lacks"]
        shown = _SHOWN[report.outcome]
        if lacking and report.outcome == "passed":
            note = f"{channel}: {lacking[0]}"
            notes += [note] if note not in notes else []
            shown = f"({notes.index(note) + 1})"
        cells.setdefault(test, {})[channel] = shown
    channels = sorted({channel for row in cells.values() for channel in row})
    if not channels:
        return []
    width = max(map(len, cells))
    head = " ".join(f"{channel:>9}" for channel in channels)
    body = [
        f"{test.replace('_', ' '):<{width}} "
        + " ".join(f"{row.get(channel, '-'):>9}" for channel in channels)
        for test, row in sorted(cells.items())
    ]
    return [f"{'':<{width}} {head}", *body, *(f"({n}) {it}" for n, it in enumerate(notes, 1))]
