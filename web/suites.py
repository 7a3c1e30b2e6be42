"""The versions of an assignment's tests: what changed between them, what their check found, and which one counts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from submissions import audit, checked, courses
from submissions.models import Assignment, Submission, SyncedSuite
from submissions.suite_changes import changes
from web.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.context import portal, reading
from web.errors import not_found
from web.states import NOT_CHECKED, of_check

blueprint = Blueprint("suites", __name__, url_prefix="/courses/<course>/assignments/<assignment>/tests")


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """Every version, the newest first."""
    versions = reading().scalars(_versions(assignment).order_by(SyncedSuite.id.desc())).all()
    checks = checked.newest(reading(), [version.suite_id for version in versions])
    found = {suite: checked.result_of(check) for suite, check in checks.items()}
    return render_template(
        "suites.html",
        seat=seat,
        assignment=assignment,
        versions=versions,
        chips={suite: of_check(result) for suite, result in found.items()},
        missed={suite: len(result.missed) for suite, result in found.items()},
        not_checked=NOT_CHECKED,
    )


@blueprint.get("/<id:suite>/")
@for_staff_with_assignment
def one(seat: Seat, assignment: Assignment, suite: int) -> str:
    """What this version changes, against the published one or the version that came before it."""
    return _page(seat, assignment, suite)


@blueprint.post("/<id:suite>/publish")
@for_instructors_with_assignment
def publish(seat: Seat, assignment: Assignment, suite: int) -> Response | tuple[str, int]:
    """Makes a version the one that grades uploads. What was graded before keeps its score until a regrade."""
    version = _version(assignment, suite)
    if told := courses.lost(portal().blobs, version.suite):
        return _page(seat, assignment, suite, told), 422
    try:
        with portal().database.write() as writing:
            # A form without the field has seen nothing that is published; "?" is no hash.
            seen = request.form.get("seen", "?")
            before = courses.publish(writing, assignment.id, version.suite, seat.user.login, seen=seen)
            audit.record(
                writing,
                seat.user.login,
                "suite.publish",
                f"assignment {assignment.slug}",
                {"suite": version.suite.hash, "before": before.hash if before else None},
                request.remote_addr or "",
                course_id=seat.course.id,
            )
    except (courses.PublishedMeanwhile, checked.NotChecked) as reason:
        # The page is of the moment after, and so is what it says is published.
        reading().rollback()
        return _page(seat, assignment, suite, str(reason)), 422
    flash(f"{version.suite.hash[:10]} grades new uploads from now on. What was graded before keeps its score.")
    return redirect(url_for("suites.page", course=seat.course.slug, assignment=assignment.slug), code=303)


def _page(seat: Seat, assignment: Assignment, suite: int, trouble: str = "") -> str:
    version = _version(assignment, suite)
    old = assignment.suite if assignment.suite_id != suite else None
    if old is None:
        older = _versions(assignment).where(SyncedSuite.id < version.id).order_by(SyncedSuite.id.desc()).limit(1)
        before = reading().scalar(older)
        old = before.suite if before is not None else None
    lost = courses.lost(portal().blobs, version.suite, *([old] if old else []))
    changed = changes(portal().blobs, old, version.suite) if old and not lost else None
    check = checked.newest(reading(), [suite]).get(suite)
    found = checked.result_of(check) if check else None
    return render_template(
        "suite.html",
        seat=seat,
        assignment=assignment,
        version=version,
        old=old,
        changes=changed,
        lost=lost,
        check=check,
        found=found,
        chip=of_check(found) if found else NOT_CHECKED,
        handed_in=_handed_in(assignment),
        other_handout=version.handout is not None and version.handout != assignment.handout,
        trouble=trouble,
    )


def _versions(assignment: Assignment) -> Select[SyncedSuite]:
    return select(SyncedSuite).options(joinedload(SyncedSuite.suite)).where(SyncedSuite.assignment_id == assignment.id)


def _version(assignment: Assignment, suite: int) -> SyncedSuite:
    found = reading().scalar(_versions(assignment).where(SyncedSuite.suite_id == suite))
    if found is None:
        not_found()
    return found


def _handed_in(assignment: Assignment) -> int:
    asked = select(func.count()).select_from(Submission).where(Submission.assignment_id == assignment.id)
    return reading().scalars(asked).one()
