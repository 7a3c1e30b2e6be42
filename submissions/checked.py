"""What checks of suites found, and the rule that they serve: only a suite in which nothing must be mended is published.

A check runs where the assignment's folder is (`handin assignment check`, `sync`); here is what is kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.checking import Result
from submissions.models import Suite, SuiteCheck


class NotChecked(Exception):
    """No check says that the suite may be published; the message says what to do."""


def keep(session: Session, suite: Suite, found: Result, by: str) -> None:
    """From now on this result speaks for the suite. The same again is not kept twice."""
    before = newest(session, [suite.id]).get(suite.id)
    if before is None or result_of(before) != found:
        session.add(SuiteCheck(suite_id=suite.id, ready=found.ready, found=msgspec.to_builtins(found), by=by))
        session.flush()


def newest(session: Session, suite_ids: Sequence[int]) -> dict[int, SuiteCheck]:
    """The check that speaks for each of the suites that had one, by the suite's id."""
    last = select(func.max(SuiteCheck.id)).where(SuiteCheck.suite_id.in_(suite_ids)).group_by(SuiteCheck.suite_id)
    return {each.suite_id: each for each in session.scalars(select(SuiteCheck).where(SuiteCheck.id.in_(last)))}


def result_of(check: SuiteCheck) -> Result:
    """What it found."""
    return msgspec.convert(check.found, Result)


def require(session: Session, suite: Suite) -> None:
    """Raises NotChecked unless the suite's newest check found nothing to mend."""
    check = newest(session, [suite.id]).get(suite.id)
    if check is None:
        raise NotChecked(
            f"The tests {suite.hash[:10]} were never checked, and are not published unchecked: "
            f"`handin assignment sync COURSE FOLDER` checks the folder of {suite.assignment}, and keeps what it finds."
        )
    if not check.ready:
        errors = len(result_of(check).errors)
        raise NotChecked(
            f"The check of the tests {suite.hash[:10]} found {errors} to mend, so they are not published. "
            "`handin assignment check FOLDER` says what; mend it, and sync the folder again."
        )
