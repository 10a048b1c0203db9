"""The figures in the words of Prometheus, read when somebody asks.

https://prometheus.io/docs/instrumenting/exposition_formats/
Names and labels are listed in docs/operations.md. Labels are facilities, accounts, stages and
states: nobody's name, and never more of them than there are rows in the configuration.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import structlog
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlmodel import Session

from channels.base import Polls
from pipeline.meter import BOUNDS, WAKE_FAILURES
from store import facilities, figures
from store.figures import Figures, Waiting
from store.migrate import current
from tanggap.health.monitor import Signs
from tanggap.health.verdict import REASONS, Reason
from tanggap.wiring import Wired

log = structlog.get_logger(__name__)


def page(
    wired: Wired, signs: Signs, reasons: Callable[[], Sequence[Reason]]
) -> Callable[[], bytes]:
    """What `/metrics` answers, anew at every call."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    registry.register(DeskCollector(wired, signs, reasons))
    return lambda: generate_latest(registry)


class DeskCollector(Collector):
    """Everything whose name begins with `tanggap_`."""

    def __init__(self, wired: Wired, signs: Signs, reasons: Callable[[], Sequence[Reason]]) -> None:
        self._wired = wired
        self._signs = signs
        self._reasons = reasons

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: describing would mean asking the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One scrape. A database that does not answer costs its figures and no others."""
        yield from self._process()
        yield from self._chat_answers()
        up, found = 1, []
        try:
            with self._wired.ctx.store.read() as db:
                found = [*self._desk(db), *self._accounts(db), *self._leases(db), *self._chat(db)]
            found.append(self._build(current(self._wired.ctx.store)))
        except Exception as error:  # noqa: BLE001  (whatever the driver says: it did not answer)
            log.warning("metrics.no-answer", error=type(error).__name__)
            up, found = 0, []
        yield _gauge("database_up", "Whether the database answered this scrape.", up)
        yield from found

    def _process(self) -> Iterator[Metric]:
        wrong = {one.reason for one in self._reasons()}
        unwell = GaugeMetricFamily(
            "tanggap_unhealthy", "Whether /health gives this reason.", labels=["reason"]
        )
        for reason in REASONS:
            unwell.add_metric([reason], reason in wrong)
        yield unwell
        durations = HistogramMetricFamily(
            "tanggap_stage_duration_seconds", "Runs of a stage here.", labels=["stage"]
        )
        failures = CounterMetricFamily(
            "tanggap_stage_failures", "Runs of a stage that a bug ended.", labels=["stage"]
        )
        for stage, count in sorted(self._signs.meter.counts().items()):
            total, buckets = 0, []
            for bound, runs in zip([*map(str, BOUNDS), "+Inf"], count.runs, strict=True):
                total += runs
                buckets.append((bound, total))
            durations.add_metric([stage], buckets, count.seconds)
            failures.add_metric([stage], count.failures)
        running = GaugeMetricFamily(
            "tanggap_stage_running_seconds", "How long a stage is at it now.", labels=["stage"]
        )
        for stage, seconds in sorted(self._signs.meter.running().items()):
            running.add_metric([stage], seconds)
        lost = CounterMetricFamily("tanggap_queue_wake_failures", "Wake-ups the queue refused.")
        lost.add_metric([], WAKE_FAILURES.count)
        yield from (durations, failures, running, lost)

    def _desk(self, db: Session) -> list[Metric]:
        ctx = self._wired.ctx
        now = ctx.clock()
        table = _Table(now)
        for office in sorted(ctx.offices.values(), key=lambda one: one.slug):
            table.add(office.slug, figures.figures(db, office.id, now))
        return table.families

    def _accounts(self, db: Session) -> Iterator[Metric]:
        labels = ["facility", "account", "channel"]
        success = GaugeMetricFamily(
            "tanggap_account_last_success_timestamp_seconds",
            "When an account was last polled to the end; 0: never.",
            labels=labels,
        )
        failing = GaugeMetricFamily(
            "tanggap_account_failing_since_timestamp_seconds",
            "Since when polling fails; 0: it does not.",
            labels=labels,
        )
        for office in self._wired.ctx.offices.values():
            for row in facilities.accounts(db, office.id):
                if isinstance(office.channels.get(row.name), Polls):
                    names = [office.slug, row.name, row.channel]
                    success.add_metric(names, _moment(row.polled_at))
                    failing.add_metric(names, _moment(row.failing_since))
        yield from (success, failing)

    def _leases(self, db: Session) -> Iterator[Metric]:
        held = GaugeMetricFamily(
            "tanggap_leases",
            "Leases that run, by what they are for and whether this process holds them.",
            labels=["role", "here"],
        )
        counts: dict[tuple[str, str], int] = {}
        for name, holder in figures.leases_held(db):
            here = "true" if holder.startswith(self._wired.ctx.holder) else "false"
            key = (name.partition(":")[0], here)
            counts[key] = counts.get(key, 0) + 1
        for key, count in sorted(counts.items()):
            held.add_metric(list(key), count)
        yield held

    def _chat(self, db: Session) -> Iterator[Metric]:
        client = self._wired.client
        if client is not None:
            waiting = figures.updates_waiting(db, client.bot_id)
            now = self._wired.ctx.clock()
            yield _gauge("chat_updates_waiting", "Taps and messages to act on.", waiting.count)
            yield _gauge("chat_oldest_update_age_seconds", "0: none.", _age(waiting, now))

    def _chat_answers(self) -> Iterator[Metric]:
        client = self._wired.client
        if client is not None and client.answered is not None:
            yield _gauge(
                "chat_last_success_timestamp_seconds",
                "When the chat last answered this process.",
                time.time() - (time.monotonic() - client.answered),
            )

    def _build(self, schema: str | None) -> Metric:
        build = InfoMetricFamily("tanggap_build", "What runs.")
        database = self._wired.ctx.store.url.get_backend_name()
        build.add_metric([], {"version": _version(), "database": database, "schema": schema or ""})
        return build


class _Table:
    """The figures of every facility, a family a figure."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._families: dict[str, GaugeMetricFamily] = {}

    @property
    def families(self) -> list[Metric]:
        return list(self._families.values())

    def add(self, slug: str, one: Figures) -> None:
        now, put = self._now, self._put
        put(slug, "deliveries_pending", "Fetched, not recorded.", one.deliveries.count)
        put(
            slug,
            "deliveries_oldest_pending_age_seconds",
            "0: none.",
            _age(one.deliveries, now),
        )
        put(slug, "deliveries_quarantined", "Set apart after errors.", one.quarantined)
        put(slug, "alerts_waiting", "In no card that was taken.", one.alerts.waiting.count)
        put(slug, "alerts_oldest_age_seconds", "0: none.", _age(one.alerts.waiting, now))
        put(
            slug,
            "alerts_overdue_seconds",
            "How far the earliest alert is past its deadline; 0: none is.",
            max((now - one.alerts.deadline).total_seconds(), 0.0) if one.alerts.deadline else 0,
        )
        for status, count in one.complaints.items():
            put(slug, "complaints", "By status.", count, status=status)
        for clock, count in one.overdue.items():
            put(slug, "complaints_overdue", "Open and past their time.", count, clock=clock)
        for year, last in one.recorded.items():
            put(slug, "complaints_recorded", "Numbers given.", last, year=str(year))
        for state, count in one.replies.items():
            put(slug, "replies", "Parts of replies, by state.", count, state=state)
        for state, count in one.automatic.items():
            put(slug, "automatic_messages", "Receipts and the like, by state.", count, state=state)
        put(slug, "replies_in_doubt", "A person has to say whether they went.", one.in_doubt)
        put(slug, "replies_refused", "Newest answers refused for good.", one.refused)
        put(slug, "posts_waiting", "For the team's chat.", one.posts.count)
        put(slug, "posts_oldest_age_seconds", "0: none.", _age(one.posts, now))
        put(slug, "posts_redraws_waiting", "To be drawn anew.", one.redraws)
        put(slug, "group_broken", "Nothing can be posted to the group.", one.group_broken)

    def _put(self, slug: str, name: str, about: str, value: float, **labels: str) -> None:
        family = self._families.get(name)
        if family is None:
            family = GaugeMetricFamily(f"tanggap_{name}", about, labels=["facility", *labels])
            self._families[name] = family
        family.add_metric([slug, *labels.values()], value)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tanggap_{name}", about, value=value)


def _moment(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def _age(waiting: Waiting, now: datetime) -> float:
    return max((now - waiting.since).total_seconds(), 0.0) if waiting.since else 0.0


def _version() -> str:
    try:
        return version("tanggap")
    except PackageNotFoundError:
        return "unknown"
