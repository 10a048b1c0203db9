"""Places where a test may kill the process: before and after every commit, each with a label.

Off unless `arm` is called (the front door does so for TANGGAP_FAILPOINT, and only when every
gateway is on loopback). A kill here is what a power cut is: no clean-up, no goodbye.
"""

import os
import threading
from collections import Counter
from pathlib import Path

_lock = threading.Lock()
_seen: Counter[str] = Counter()
_target: tuple[str, int] | None = None
_log: Path | None = None


def arm(spec: str, log: Path | None = None) -> None:
    """Die at the n-th passing of a point.

    `spec` is `LABEL:before:N` or `LABEL:after:N`, or empty to kill nowhere. With `log`, every
    point that is passed is appended to that file, one a line, so that a suite can walk them all.
    Raises ValueError for anything else.
    """
    global _target, _log  # noqa: PLW0603  (one switch a process is what this is)
    _log = log
    if not spec:
        _target = None
        return
    label, side, count = spec.rsplit(":", 2)
    if side not in ("before", "after"):
        raise ValueError(spec)
    _target = (f"{label}:{side}", int(count))


def hit(point: str) -> None:
    """Pass a point: counted, logged, and perhaps the last thing this process does."""
    if _target is None and _log is None:
        return
    with _lock:
        _seen[point] += 1
        if _log is not None:
            with _log.open("a") as file:
                file.write(f"{point}\n")
        if _target is not None and _target == (point, _seen[point]):
            os._exit(137)
