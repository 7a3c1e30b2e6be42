"""What checks of suites found, and the rule that they serve: only a suite in which nothing must be mended is published.

A check runs where the assignment's folder is (`handin assignment check`, `sync`), or by the service's workers
(`check_runs`); here is what is kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.checking import Result
from submissions.models import Suite, SuiteCheck


class NotChecked(Exception):
    """No check says that the suite may be published; the message says what to do."""


def keep(session: Session, suite: Suite, found: Result, by: str) -> None:
    """From now on this result speaks for what it names: the suite with one handout. The same is not kept twice."""
    before = _by_content(session, [suite.id]).get((suite.id, found.of))
    if before is None or result_of(before) != found:
        session.add(SuiteCheck(suite_id=suite.id, ready=found.ready, found=msgspec.to_builtins(found), by=by))
        session.flush()


def newest(session: Session, suite_ids: Sequence[int]) -> dict[int, SuiteCheck]:
    """The check that speaks for each of the suites that had one, by the suite's id.

    Courses may share a suite and give other handouts with it. One that was found ready speaks: a mistake in another
    handout is none of the tests'.
    """
    speaks: dict[int, SuiteCheck] = {}
    for check in sorted(_by_content(session, suite_ids).values(), key=lambda each: (each.ready, each.id)):
        speaks[check.suite_id] = check
    return speaks


def _by_content(session: Session, suite_ids: Sequence[int]) -> dict[tuple[int, str], SuiteCheck]:
    """The newest check of each content, by the suite's id and the content's name."""
    checks = session.scalars(select(SuiteCheck).where(SuiteCheck.suite_id.in_(suite_ids)).order_by(SuiteCheck.id))
    return {(each.suite_id, result_of(each).of): each for each in checks}


def result_of(check: SuiteCheck) -> Result:
    """What it found."""
    return msgspec.convert(check.found, Result)


def require(session: Session, suite: Suite) -> None:
    """Raises NotChecked unless the check that speaks for the suite found nothing to mend."""
    check = newest(session, [suite.id]).get(suite.id)
    if check is None:
        raise NotChecked(
            f"The tests {suite.hash[:10]} were never checked, and are not published unchecked: check them on their "
            f"page, or `handin assignment sync COURSE FOLDER` with the folder of {suite.assignment}."
        )
    if not check.ready:
        errors = len(result_of(check).errors)
        raise NotChecked(
            f"The check of the tests {suite.hash[:10]} found {errors} to mend, so they are not published. "
            "`handin assignment check FOLDER` says what; mend it, and sync the folder again."
        )
