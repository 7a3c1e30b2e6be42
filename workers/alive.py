"""A worker says now and then that it is there, how many gradings it runs at a time, and what isolates them.

By the worker's own timer and not by a thread: the worker forks, and a lock that a thread holds in that moment would
stay locked in the child.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from celery import signals
from sqlalchemy.exc import SQLAlchemyError

from grader.sandbox.doctor import examine
from submissions.service import pulse
from submissions.settings import Settings, settings
from submissions.storage.database import Database

EVERY = 20.0
"""Seconds between two signs."""

_log = structlog.stdlib.get_logger(__name__)


def beat(table: Settings, name: str, isolation: list[dict[str, Any]]) -> None:
    """Gives one sign. A database that is away is no trouble of this one's: gradings will tell."""
    db = Database(table.database_url)
    try:
        detail = {"gradings": table.grading_processes, "sandbox": table.sandbox, "isolation": isolation}
        pulse.beat(db, pulse.worker(name), detail)
    except SQLAlchemyError as error:
        _log.warning("no sign of life could be given", error=str(error))
    finally:
        # No connection is kept: a child would inherit it.
        db.close()


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _begin(sender: Any, **_: Any) -> None:
    table = settings()
    findings = [] if table.unsafe else examine(table.sandbox, table.sandbox_uid, table.data.resolve() / "cache")
    told = table, sender.hostname, msgspec.to_builtins(findings)
    beat(*told)
    sender.timer.call_repeatedly(EVERY, beat, told)
