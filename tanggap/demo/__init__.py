"""`tanggap demo`: the real processes against a world on loopback, played and counted twice."""

from pathlib import Path


def main(folder: Path | None = None, *, fault: str = "") -> int:
    """Play it; returns the exit status. `folder`: mails of one's own; `fault`: for tests."""
    from tanggap.demo.stage import perform

    return perform(folder, fault)
