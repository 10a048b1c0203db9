"""How long to leave a gateway alone that did not answer."""

import random
from collections.abc import Callable

CAP_SECONDS = 300.0
_LONGEST = 6 * 3600.0


class Backoff:
    """Twice as long after every failure, up to five minutes, never the same for everybody."""

    def __init__(self, first: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._first = first
        self._jitter = jitter
        self._failures = 0

    def failed(self, retry_after: float | None = None) -> float:
        """Seconds to wait now; at least what the provider asked for, within reason."""
        delay = min(self._first * 2.0 ** min(self._failures, 30), CAP_SECONDS)
        self._failures += 1
        # Half fixed, half chance: pollers that failed together do not come back together.
        spread = delay / 2 + delay / 2 * self._jitter()
        return max(spread, min(retry_after or 0.0, _LONGEST))

    def worked(self) -> None:
        """The next failure is a first one again."""
        self._failures = 0
