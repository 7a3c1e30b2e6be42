"""Checks that found nothing to mend, for tests that are about something else: a real one takes minutes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from grader.checking import Result, Survey
from grader.checking.result import content_of, keep
from submissions.models import Suite
from submissions.suites import checked

READY = Result(of="", mutants=Survey(12, 0, (), ()))


def passed(session: Session, suite: Suite, found: Result = READY) -> Suite:
    """The suite, of which a check says so."""
    session.add(suite)
    session.flush()
    checked.keep(session, suite, found, "ines")
    return suite


def passes(folder: Path) -> Path:
    """The folder, with the result of such a check in it."""
    keep(folder, Result(of=content_of(folder), mutants=READY.mutants))
    return folder
