"""Places where a test may kill the process: before and after every commit, each with a label.

Off unless `arm` is called (the front door does so for TANGGAP_FAILPOINT, and only when every
gateway is on loopback). A kill here is what a power cut is: no clean-up, no goodbye.
"""

import os
import threading
from pathlib import Path

_lock = threading.Lock()
_plan: "_Plan | None" = None
_log: Path | None = None


class _Plan:
    """Die at the n-th passing of a point, counted from when it was asked for."""

    def __init__(self, spec: str) -> None:
        label, side, count = spec.rsplit(":", 2)
        if side not in ("before", "after") or int(count) < 1:
            raise ValueError(spec)
        self.spec = spec
        self.point = f"{label}:{side}"
        self.left = int(count)

    def passed(self, point: str) -> bool:
        self.left -= point == self.point
        return self.left == 0


_orders: Path | None = None


def arm(spec: str, log: Path | None = None) -> None:
    """Die at the n-th passing of a point.

    `spec` is `LABEL:before:N` or `LABEL:after:N`; `@FILE` reads it anew from a file at every
    point, so that a test can place the next kill while the process runs; empty kills nowhere.
    With `log`, every point that is passed is appended to that file, one a line, so that a suite
    can walk them all. Raises ValueError for anything else.
    """
    global _plan, _log, _orders  # noqa: PLW0603  (one switch a process is what this is)
    _log = log
    _orders = Path(spec[1:]) if spec.startswith("@") else None
    _plan = _Plan(spec) if spec and _orders is None else None


def hit(point: str) -> None:
    """Pass a point: logged, counted, and perhaps the last thing this process does."""
    if _plan is None and _log is None and _orders is None:
        return
    with _lock:
        if _log is not None:
            with _log.open("a") as file:
                file.write(f"{point}\n")
        _read_orders()
        if _plan is not None and _plan.passed(point):
            os._exit(137)


def _read_orders() -> None:
    global _plan  # noqa: PLW0603
    if _orders is None:
        return
    try:
        spec = _orders.read_text().strip()
    except FileNotFoundError:
        spec = ""
    if not spec:
        _plan = None
    elif _plan is None or _plan.spec != spec:
        _plan = _Plan(spec)
