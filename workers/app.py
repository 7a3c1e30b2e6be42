"""The Celery application: Redis carries wake-ups, and nothing that would be missed.

Start a worker with

    celery -A workers.app worker -Q interactive,regrade,check -c N --without-mingle --without-gossip

where N is the setting `grading_processes`; the first queue named goes first, and `check`, whose tasks are short batches
of long work, last. At scale, give `interactive` a worker of its own, so that a regrade of the whole class cannot make a
student wait.

Why the settings are as they are:

- no result backend: results are rows. With one in Redis, publishing while Redis is away takes 19 s instead of 0.6 s.
- early acknowledgement: the sweeper redelivers, and counts attempts. Late acknowledgement adds doubled runs, messages
  that kill workers in a loop, and after a SIGKILL a wait for the visibility timeout.
- no prefetch: a grading that waits behind another in one worker could have been taken by an idle one.
- JSON only, so that a message is never code.
"""

from __future__ import annotations

from typing import Any

from celery import Celery, signals

from grader.sandbox.doctor import Level, examine
from submissions.models import Queue
from submissions.settings import Settings, settings
from workers import log

_STOP_GRACE = 10.0  # seconds that a stopping worker waits for its gradings; what is cut off then is taken back


def create_app(table: Settings) -> Celery:
    """The application for these settings. Without a broker it can be made, but neither publish nor consume."""
    app = Celery(
        "handin",
        broker=table.broker or None,
        include=["workers.alive", "workers.grade", "workers.check"],
        set_as_current=False,
    )
    app.conf.update(
        task_ignore_result=True,
        result_backend=None,
        task_acks_late=False,
        worker_disable_prefetch=True,
        task_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
        task_default_queue=Queue.INTERACTIVE.value,
        task_create_missing_queues=True,
        task_time_limit=table.grading_seconds,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            # Publishing tries once: a student waits for it. The retries of a worker's own connection are set elsewhere.
            "max_retries": 0,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "health_check_interval": 25,
            "queue_order_strategy": "priority",
        },
        worker_hijack_root_logger=False,
        # Against what leaks. A new child loads every suite anew, which takes as long as several gradings.
        worker_max_tasks_per_child=1000,
        worker_soft_shutdown_timeout=_STOP_GRACE,
        worker_send_task_events=False,
        enable_utc=True,
    )
    return app


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _log(**_: Any) -> None:
    log.configure()


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
def _refuse_unsafe_start(**_: Any) -> None:
    table = settings()
    if not table.broker:
        raise SystemExit("The worker has no broker: set HANDIN_BROKER to a Redis URL, or start all with `handin up`.")
    missing = missing_isolation(table)
    if missing:
        raise SystemExit(
            "The worker does not start: this machine does not isolate student code.\n"
            + "\n".join(f"- {finding}" for finding in missing)
            + "\nRun `handin doctor` for the ways out. HANDIN_SANDBOX=none does without; every page says so."
        )


def missing_isolation(table: Settings) -> list[str]:
    """What this machine lacks to isolate student code, in sentences; empty when nothing, or when told to do without."""
    if table.unsafe:
        return []
    return [
        f"{finding.layer}: {finding.seen}" + (f"; {finding.remedy}" if finding.remedy else "")
        for finding in examine(table.sandbox, table.sandbox_uid, table.data.resolve() / "cache")
        if finding.level is Level.FAIL
    ]


app = create_app(settings())
