"""Looks at the database while all goes on, and remembers each grading as it was when it was first seen to be final."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from submissions.models import FINAL, Grading, TaskScore, TestResult
from submissions.storage.database import Database

_LOOK_EVERY = 0.3


class Watcher:
    """`final` holds what was final when it was first seen: by grading, all that is recorded of it."""

    def __init__(self, database_url: str) -> None:
        self.final: dict[int, Hashable] = {}
        self.known = 0
        self.begun = self.completed = 0  # numbers of looks: the last that began, and the last that saw everything
        self._db = Database(database_url)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begins to look, from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, if it was started."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._db.close()

    @property
    def waiting(self) -> int:
        """How many gradings were not final at the last look."""
        return self.known - len(self.final)

    def look(self) -> None:
        """Remembers what has become final. It is not completed when the database is away, or has no room."""
        self.begun += 1
        with contextlib.suppress(SQLAlchemyError), self._db.read() as session:
            states = {row.id: row.state for row in session.execute(select(Grading.id, Grading.state))}
            for grading_id, state in states.items():
                if state in FINAL and grading_id not in self.final:
                    self.final[grading_id] = recorded(session, grading_id)
            self.known = len(states)
            self.completed = self.begun

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY):
            self.look()


def recorded(session: Session, grading_id: int) -> Hashable:
    """Every column of a grading and of its scores and results, as they are now."""
    tables = ((Grading, Grading.id), (TaskScore, TaskScore.grading_id), (TestResult, TestResult.grading_id))
    rows = [
        tuple(map(repr, row))
        for model, key in tables
        for row in session.execute(select(model.__table__).where(key == grading_id).order_by(model.id))
    ]
    return tuple(rows)
