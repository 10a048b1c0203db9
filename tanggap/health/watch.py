"""Everything that looks after one process, put together from the settings."""

import threading
from collections.abc import Callable, Sequence

from tanggap.health.endpoint import Endpoint
from tanggap.health.heartbeat import Heartbeat
from tanggap.health.monitor import Monitor, Outlook, Signs
from tanggap.health.systemd import Manager
from tanggap.settings import Settings
from tanggap.wiring import Wired

Start = Callable[[str, Callable[[], None]], None]
"""Starts a named thread."""


class Watch:
    """What was asked for; where nothing was, it does nothing and costs nothing."""

    def __init__(
        self,
        settings: Settings,
        wired: Wired,
        parts: Sequence[str],
        signs: Signs,
        stop: threading.Event,
    ) -> None:
        """Takes the port at once. Raises UserError where that is taken."""
        health = settings.health
        self._manager = Manager()
        self._monitor = Monitor(
            Outlook(wired.ctx, parts, settings.data), signs, self._manager, stop
        )
        self._endpoint: Endpoint | None = None
        self._heartbeat: Heartbeat | None = None
        if health.listen:
            self._endpoint = Endpoint(
                health.address, self._monitor.reasons, self._page(wired, signs), stop
            )
        if url := health.heartbeat_url.get_secret_value():
            self._heartbeat = Heartbeat(url, health.heartbeat_seconds, self._monitor.well, stop)

    @property
    def url(self) -> str:
        """Where the endpoint is; empty: there is none."""
        return self._endpoint.url if self._endpoint else ""

    def start(self, thread: Start) -> None:
        """Everything else runs: look after it, and tell the service manager."""
        watched = self._endpoint or self._heartbeat or self._manager.listens
        if watched:
            self._monitor.look()
        # Before the thread that feeds the watchdog: what is fed has to be ready first.
        self._manager.ready()
        if watched:
            thread("health", self._monitor.run)
        if self._endpoint:
            thread("health-http", self._endpoint.run)
        if self._heartbeat:
            thread("heartbeat", self._heartbeat.run)

    def turned(self) -> None:
        """The main loop is alive."""
        self._monitor.turned()

    def stopping(self) -> None:
        """The process was asked to end."""
        self._manager.stopping()

    def _page(self, wired: Wired, signs: Signs) -> Callable[[], bytes]:
        # Imported at the first scrape: who asks for /health alone does not pay for it.
        made: list[Callable[[], bytes]] = []

        def metrics() -> bytes:
            if not made:
                from tanggap.health.metrics import page

                made.append(page(wired, signs, self._monitor.reasons))
            return made[0]()

        return metrics
