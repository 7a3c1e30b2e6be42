"""The versions of an assignment's tests: what changed between them, what their check found, and which one counts.

A check that an instructor asks for here is made by the workers, batch by batch (`submissions.suites.check_runs`).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from submissions.models import Assignment, Queue, Role, Submission, SyncedSuite
from submissions.storage import audit
from submissions.storage.blobs import NoBlob
from submissions.storage.packing import Damaged
from submissions.suites import check_runs, checked, courses
from submissions.suites.check_runs import CannotCheck
from submissions.suites.suite_changes import changes
from web.frame.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.words.paging import paging
from web.words.states import BEING_CHECKED, NOT_CHECKED, WAITS_FOR_A_CHECK, of_check

_LOST = (
    "The folder that these tests came from cannot be read any more, so nothing was begun: "
    "`handin assignment sync COURSE FOLDER --check-later` keeps it again."
)

blueprint = Blueprint("suites", __name__, url_prefix="/courses/<course>/assignments/<assignment>/tests")

_PAGE = 50


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """Every version, the newest first."""
    asked = select(func.count()).select_from(SyncedSuite).where(SyncedSuite.assignment_id == assignment.id)
    part = paging(reading().scalars(asked).one(), _PAGE)
    newest_first = _versions(assignment).order_by(SyncedSuite.id.desc())
    versions = reading().scalars(newest_first.limit(part.size).offset(part.offset)).all()
    checks = checked.newest(reading(), [version.suite_id for version in versions])
    found = {suite: checked.result_of(check) for suite, check in checks.items()}
    return render_template(
        "suites.html",
        seat=seat,
        assignment=assignment,
        versions=versions,
        paging=part,
        chips={suite: of_check(result) for suite, result in found.items()},
        missed={suite: len(result.missed) for suite, result in found.items()},
        not_checked=NOT_CHECKED,
        being_checked=BEING_CHECKED,
        under_way=check_runs.under_way(reading(), [version.id for version in versions]),
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
    if told := courses.gone(reading(), portal().blobs, assignment.id, version.suite):
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


@blueprint.post("/<id:suite>/check")
@for_instructors_with_assignment
def check(seat: Seat, assignment: Assignment, suite: int) -> Response | tuple[str, int]:
    """Has the workers check a version. Whoever asks while a check is under way sees that one."""
    # What a check is made of is loaded by who asks for one: no other page needs it.
    from web.suites.checking import found_of

    version = _version(assignment, suite)
    try:
        written = found_of(portal().blobs, version.folder) if version.folder is not None else []
        with portal().database.write() as writing:
            run = check_runs.begin(writing, version.id, seat.user, written, request.remote_addr or "")
    except (CannotCheck, NoBlob, Damaged) as reason:
        reading().rollback()
        return _page(seat, assignment, suite, str(reason) if isinstance(reason, CannotCheck) else _LOST), 422
    portal().wake(run.id, Queue.CHECK)
    return redirect(_address(seat, assignment, suite), code=303)


@blueprint.post("/<id:suite>/check/cancel")
@for_instructors_with_assignment
def cancel_check(seat: Seat, assignment: Assignment, suite: int) -> Response:
    """Gives up the check that is under way."""
    version = _version(assignment, suite)
    run = check_runs.latest(reading(), version.id)
    told = "No check is under way."
    if run is not None:
        try:
            with portal().database.write() as writing:
                check_runs.cancel(writing, run.id, seat.user, request.remote_addr or "")
            told = "The check was given up. Nothing of it counts."
        except CannotCheck as reason:
            told = str(reason)
    flash(told)
    return redirect(_address(seat, assignment, suite), code=303)


@blueprint.get("/<id:suite>/check/live")
@for_staff_with_assignment
def live(seat: Seat, assignment: Assignment, suite: int) -> Response:
    """The part that changes while a check is under way, for htmx."""
    version = _version(assignment, suite)
    shown = {"seat": seat, "assignment": assignment, "version": version, **_checking(seat, version)}
    response = make_response(render_template("parts/check_progress.html", **shown) if shown["moving"] else "")
    if not shown["moving"]:
        # The whole page is another one now.
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request.environ)
    return response


def _address(seat: Seat, assignment: Assignment, suite: int) -> str:
    return url_for("suites.one", course=seat.course.slug, assignment=assignment.slug, suite=suite)


def _checking(seat: Seat, version: SyncedSuite) -> dict[str, Any]:
    """The service's own check of a version, as far as it is."""
    run = check_runs.latest(reading(), version.id)
    moving = run is not None and run.state in check_runs.OPEN
    return {
        "run": run,
        # Between two batches it waits for a moment.
        "run_chip": BEING_CHECKED if run is not None and run.doing else WAITS_FOR_A_CHECK,
        "moving": moving,
        "decides": seat.role == Role.INSTRUCTOR,
    }


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
        may_check=check_runs.may_begin(version, check),
        **_checking(seat, version),
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
