"""Metrics of one process for Prometheus: counters that the parts add to, and figures read when asked.

Every `Metrics` has a registry of its own. Labels have few values and name no person: channels, result codes,
priorities. Figures that only the database knows come with `figures`; without them they are left out, never repeated
from an older look.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.metrics_queries import Backlog, Figures
from tickets.lifecycle.types import Priority

TURN_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
UNIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

Number = Callable[[], float]
Numbers = Callable[[], Mapping[str, float]]  # by channel


class Metrics(Collector):
    """The metrics of one process.

    about: labels of ``domovoy_info``. figures: what the last look at the database saw; None: it does not answer.
    """

    def __init__(self, about: Mapping[str, str] | None = None) -> None:
        self.figures: Figures | None = None
        self.database_seconds = 0.0
        self.registry = CollectorRegistry()
        self._about = about
        self._started = time.time()
        self._channels: list[str] = []
        self._counted: list[tuple[str, str, Number]] = []
        self._shown: list[tuple[str, str, Number]] = []
        self._by_channel: list[tuple[str, str, Numbers]] = []
        self.accepted = self._counter("messages_accepted", "Messages stored for the first time", "channel")
        self.repeated = self._counter("messages_repeated", "Messages that a channel handed over again", "channel")
        self.intake_seconds = self._histogram("intake_seconds", "From a message to its row on disk", UNIT_BUCKETS)
        self.turn_seconds = self._histogram("turn_seconds", "Deciding one event", TURN_BUCKETS)
        self.batch_seconds = self._histogram("batch_seconds", "One transaction of turns, with commit", UNIT_BUCKETS)
        self.turns = self._counter("turns", "Events that were decided and committed")
        self.quarantines = self._counter("quarantines", "Events that were set aside after their third failure")
        self.sends = self._counter("sends", "Sends by result: sent, or the code of the failure", "channel", "result")
        self.dead = self._counter("given_up", "Messages that became dead letters", "channel")
        self.refused = self._counter("refused", "Answers 429 (too many) and 503 (later) over HTTP", "code")
        for code in ("429", "503"):
            self.refused.labels(code)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"domovoy_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"domovoy_{name}", text, buckets=buckets, registry=self.registry)

    def count(self, name: str, text: str, read: Number) -> None:
        """Show a number that a part keeps itself and that only grows."""
        self._counted.append((f"domovoy_{name}", text, read))

    def gauge(self, name: str, text: str, read: Number) -> None:
        """Show a number that a part keeps itself."""
        self._shown.append((f"domovoy_{name}", text, read))

    def gauge_by_channel(self, name: str, text: str, read: Numbers) -> None:
        """Show numbers that a part keeps itself."""
        self._by_channel.append((f"domovoy_{name}", text, read))

    def know_channel(self, name: str) -> None:
        """Show a channel from the start, with zeros: what is missing looks like an answer that was lost."""
        self._channels.append(name)
        for counter in (self.accepted, self.repeated, self.dead):
            counter.labels(name)
        self.sends.labels(name, "sent")

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self.registry)

    def collect(self) -> Iterable[Metric]:
        """Read the figures. Implements `prometheus_client`'s `Collector`."""
        if self._about:
            about = GaugeMetricFamily("domovoy_info", "What this process is", labels=list(self._about))
            about.add_metric(list(self._about.values()), 1)
            yield about
        yield GaugeMetricFamily("domovoy_start_time_seconds", "Start of this process, epoch", value=self._started)
        for name, text, read in self._counted:
            yield CounterMetricFamily(name, text, value=read())
        for name, text, read_all in self._by_channel:
            yield labelled(name, text, "channel", read_all())
        for name, text, read in self._shown:
            yield GaugeMetricFamily(name, text, value=read())
        up = self.figures is not None
        yield GaugeMetricFamily("domovoy_database_up", "Whether the database answered in time", value=up)
        if self.figures:
            seconds = self.database_seconds
            yield GaugeMetricFamily("domovoy_database_seconds", "What the look at the database took", value=seconds)
            yield from families(self.figures, self._channels)


def families(figures: Figures, channels: Iterable[str]) -> Iterable[Metric]:
    """The figures of the database as gauges; `channels` that have no rows there count 0."""
    none = dict.fromkeys(channels, 0)
    idle = dict.fromkeys(channels, Backlog(rows=0, seconds=0.0))
    yield from backlog("inbox", "lag", "Events without a turn", idle | dict(figures.inbox))
    lag = "The longest lag of a company's channels"
    yield labelled("domovoy_company_lag_seconds", lag, "company", figures.companies)
    yield from backlog("outbox", "age", "Messages that are due", idle | dict(figures.outbox))
    yield labelled("domovoy_quarantined", "Events set aside", "channel", none | dict(figures.quarantined))
    yield labelled("domovoy_dead_letters", "Dead letters nobody has dealt with", "channel", none | dict(figures.dead))
    yield labelled("domovoy_dialogs", "Dialogs that wait, are claimed, fill in a report", "state", figures.dialogs)
    longest = figures.longest_wait_seconds
    yield GaugeMetricFamily("domovoy_dialog_wait_seconds", "The longest wait for a dispatcher", value=longest)
    tickets = {priority.value: figures.tickets.get(priority, 0) for priority in Priority}
    yield labelled("domovoy_tickets_open", "Tickets that are worked on", "priority", tickets)
    yield labelled("domovoy_deadlines_missed", "Open tickets past a deadline", "deadline", figures.missed)


def backlog(queue: str, age: str, text: str, rows: Mapping[str, Backlog]) -> Iterable[Metric]:
    """Return the gauges of a queue: waiting rows, and the age of the oldest."""
    counts = {channel: float(queue.rows) for channel, queue in rows.items()}
    ages = {channel: queue.seconds for channel, queue in rows.items()}
    yield labelled(f"domovoy_{queue}_waiting", f"{text}, among the oldest 20,000", "channel", counts)
    yield labelled(f"domovoy_{queue}_{age}_seconds", f"{text}: age of the oldest", "channel", ages)


def labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """One gauge with one label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def version() -> str:
    """The program's version, as pyproject.toml tells it."""
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
