"""Looks after the desk's processes as a service manager would: who dies is started again."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_RESTART = 0.3
"""Seconds until it is started again, as `RestartSec=` has them."""


@dataclass(slots=True)
class Slot:
    """One process of the desk, whichever lives at the moment."""

    name: str
    part: str
    """`run`, `poll`, `work` or `bot`: the command, and what kills are counted by."""
    environment: Mapping[str, str]
    folder: Path
    """Its host: orders, points and log lie there."""
    pid: int = 0
    deaths: Counter[int] = field(default_factory=Counter)
    """By wait status."""

    @property
    def orders(self) -> Path:
        """What `TANGGAP_FAILPOINT` reads."""
        return self.folder / "orders"

    @property
    def points(self) -> Path:
        """What `TANGGAP_FAILPOINT_LOG` writes."""
        return self.folder / "points"

    @property
    def log(self) -> Path:
        """What the process says."""
        return self.folder / "log"


class Keeper:
    """Keeps the slots running; a context manager."""

    def __init__(self, slots: Iterable[Slot], config: Path, entry: str) -> None:
        self.slots = {slot.name: slot for slot in slots}
        self._config = config
        self._entry = entry
        self._changed = threading.Condition()
        self._wanted = True
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.launcher"],
            env={**os.environ, "PYTHONWARNINGS": "error"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for slot in self.slots.values():
            self._start(slot)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._wanted = False
        for slot in self.slots.values():
            self.signal(slot, signal.SIGKILL)
        assert self._launcher.stdin is not None
        self._launcher.stdin.close()
        self._launcher.wait(10)
        self._thread.join(10)
        assert self._launcher.stdout is not None
        self._launcher.stdout.close()

    def of(self, part: str) -> list[Slot]:
        """The slots of one kind."""
        return [slot for slot in self.slots.values() if slot.part == part]

    @property
    def parts(self) -> list[str]:
        """The kinds there are."""
        return list(dict.fromkeys(slot.part for slot in self.slots.values()))

    def signal(self, slot: Slot, number: int) -> bool:
        """Send it a signal; False when nobody lives there at the moment."""
        with self._changed:
            if not slot.pid:
                return False
            with suppress(ProcessLookupError):  # it has just died by itself
                os.kill(slot.pid, number)
            return True

    def wait_dead(self, slot: Slot, before: int, timeout: float) -> bool:
        """Whether it died more often than `before`, waiting for it."""
        with self._changed:
            return self._changed.wait_for(lambda: slot.deaths.total() > before, timeout)

    def _start(self, slot: Slot) -> None:
        start = {
            "slot": slot.name,
            "module": self._entry,
            "words": [slot.part, "--config", str(self._config)],
            "environment": dict(slot.environment),
            "log": str(slot.log),
        }
        assert self._launcher.stdin is not None
        print(json.dumps(start), file=self._launcher.stdin, flush=True)

    def _watch(self) -> None:
        assert self._launcher.stdout is not None
        for line in self._launcher.stdout:
            said: dict[str, Any] = json.loads(line)
            slot = self.slots[said["slot"]]
            with self._changed:
                if "status" not in said:
                    slot.pid = said["pid"]
                    continue
                slot.pid = 0
                slot.deaths[said["status"]] += 1
                slot.orders.unlink(missing_ok=True)  # one order, one death
                self._changed.notify_all()
            threading.Timer(_RESTART, self._again, [slot]).start()

    def _again(self, slot: Slot) -> None:
        with self._changed:
            if self._wanted:
                self._start(slot)
