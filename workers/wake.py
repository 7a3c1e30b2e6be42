"""Wakes a worker for a grading or a check, through Redis. It may fail: the row waits, and the sweeper tries again."""

from __future__ import annotations

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from submissions.handing_in.intake import Wake
from submissions.models import Queue
from workers.app import app

TASK = "handin.grade"
CHECK = "handin.check"

_log = structlog.stdlib.get_logger(__name__)


def wake_through(application: Celery) -> Wake:
    """The function that wakes a worker through this application. Call it only after the commit: a worker is fast."""

    def wake(number: int, queue: str) -> bool:
        """Publishes a wake-up. Without a broker, or while it is away, this says so in the log, and that is all."""
        if not application.conf.broker_url:
            _log.warning("no broker is set (HANDIN_BROKER), so no worker was woken", number=number, queue=queue)
            return False
        try:
            # One try: a student waits for this, and the sweeper does not tire.
            task = CHECK if queue == Queue.CHECK else TASK
            application.send_task(task, (number,), queue=queue, retry=False, ignore_result=True)
        except OperationalError as error:
            _log.warning("the broker is away, so the sweeper will wake a worker", number=number, error=str(error))
            return False
        return True

    return wake


wake = wake_through(app)
"""Wakes a worker through the broker of the settings."""
