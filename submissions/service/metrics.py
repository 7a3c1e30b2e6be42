"""The service in numbers, in the words of Prometheus, for whoever watches many services at once.

Read from the database at the moment of asking, so that every process of the portal says the same; it never names a
course, a person or a hand-in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from submissions.gradings.timings import timings
from submissions.models import State
from submissions.service import alerts, health, pulse

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(session: Session, at: datetime) -> bytes:
    """All metrics at this time, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Service(session, at))
    return bytes(generate_latest(registry))


class _Service(Collector):
    def __init__(self, session: Session, at: datetime) -> None:
        self._session, self._at = session, at

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client. A fixed number of queries."""
        session, at = self._session, self._at
        yield from _queues(session, at)
        seconds = GaugeMetricFamily(
            "handin_grading_phase_seconds",
            "Time within which this share of the latest gradings were through a phase.",
            labels=("phase", "quantile"),
        )
        for each in timings(session).phases:
            seconds.add_metric((each.phase, "0.5"), each.half)
            seconds.add_metric((each.phase, "0.95"), each.most)
        yield seconds
        alive = [each for each in pulse.workers(session) if at - each.at < health.SILENT]
        yield GaugeMetricFamily("handin_workers", "Workers that give signs of life.", value=len(alive))
        swept = pulse.last(session, pulse.SWEEPER)
        yield GaugeMetricFamily(
            "handin_sweeper_silent_seconds",
            "Seconds since the sweeper's last round.",
            value=(at - swept.at).total_seconds() if swept is not None else float("inf"),
        )
        yield GaugeMetricFamily(
            "handin_grader_faults_open", "Faults of ours that nobody has resolved.", value=alerts.count_open(session)
        )
        verified = health.verification(session)
        if verified is not None:
            yield GaugeMetricFamily(
                "handin_verification_findings", "What the last verification found wrong.", value=verified.found
            )


def _queues(session: Session, at: datetime) -> Iterator[Metric]:
    gradings = GaugeMetricFamily("handin_gradings", "Gradings on their way.", labels=("queue", "state"))
    oldest = GaugeMetricFamily("handin_oldest_waiting_seconds", "Age of what waits longest.", labels=("queue",))
    for (queue, state), each in health.under_way(session).items():
        gradings.add_metric((queue, state), each.gradings)
        if state is State.QUEUED:
            oldest.add_metric((queue,), max(0.0, (at - (each.oldest or at)).total_seconds()))
    yield gradings
    yield oldest
