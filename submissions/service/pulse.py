"""Signs of life: each part of the service says now and then that it is there, and what there is to know of it.

For people alone, on the health page: nothing in the service decides anything by them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from submissions.models import Pulse, now
from submissions.storage.database import Database, changed

SWEEPER = "sweeper"
VERIFICATION = "verification"
_WORKER = "worker "
_FORGET_AFTER = timedelta(days=1)


def worker(name: str) -> str:
    """The name under which a worker beats."""
    return f"{_WORKER}{name}"


def beat(db: Database, name: str, detail: dict[str, Any] | None = None) -> None:
    """Says that the part of this name is there at this moment. Each name is for one process to say."""
    with db.write() as session:
        values = {"at": now(), "detail": detail or {}}
        if not changed(session, update(Pulse).where(Pulse.name == name).values(**values)):
            session.add(Pulse(name=name, **values))


def forget_old(db: Database) -> None:
    """Removes workers that have been silent for a day: each container has another name."""
    with db.write() as session:
        session.execute(delete(Pulse).where(Pulse.name.startswith(_WORKER), Pulse.at < now() - _FORGET_AFTER))


def last(session: Session, name: str) -> Pulse | None:
    """The last sign of the part of this name; None: it has never been there."""
    return session.get(Pulse, name)


def workers(session: Session) -> list[Pulse]:
    """The last signs of all workers, the newest first."""
    return list(session.scalars(select(Pulse).where(Pulse.name.startswith(_WORKER)).order_by(Pulse.at.desc())))
