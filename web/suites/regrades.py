"""Regrades of an assignment: beginning one, watching it, and deciding what counts after reading its review."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from grader.verdicts import CATALOGUE
from submissions.models import Assignment, Phase, Regrade, Role, State, Suite, User
from submissions.regrades import regrades, standing
from submissions.regrades.moves import Move
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import CannotRegrade, Release
from submissions.regrades.review import Review, crosses, moved_tasks, regraded_by_hand, review
from submissions.scores import error_groups
from submissions.scores.error_groups import Group
from submissions.suites import checked, courses
from web.frame.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.words.paging import paging
from web.words.states import LEFT, REGRADE

blueprint = Blueprint("regrades", __name__, url_prefix="/courses/<course>/assignments/<assignment>/regrades")

_Choice = TypeVar("_Choice", bound=StrEnum)

_PAGE = 50  # rows, each down to its tests
_LISTED = 20  # regrades
_FILTERS = (*Move, "crosses", "unsteady", "held", "others")


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """What was graded again, and the form that begins a regrade."""
    return _page(seat, assignment)


@blueprint.post("/")
@for_instructors_with_assignment
def begin(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Begins a regrade. What cannot begin is told beside the form as it was filled in."""
    form = request.form
    try:
        chosen = _read(Chosen, "chosen", "Choose which submissions are graded again.")
        with portal().database.write() as writing:
            suite = writing.get(Suite, _suite_id(writing, assignment, form.get("suite", "")))
            if suite is None:
                raise CannotRegrade("Choose the version of the tests.")
            if told := courses.lost(portal().blobs, suite):
                raise CannotRegrade(told)
            begun = regrades.begin(
                writing,
                assignment,
                suite,
                chosen,
                form.get("reason", ""),
                seat.user,
                task=form.get("task", ""),
                login=form.get("login", "").strip(),
                alike=_alike(writing, assignment, seat, form.get("alike", "")),
                address=request.remote_addr or "",
            )
    except CannotRegrade as error:
        return _page(seat, assignment, str(error)), 422
    return redirect(_address(seat, assignment, begun.id), code=303)


@blueprint.get("/<id:regrade>/")
@for_staff_with_assignment
def one(seat: Seat, assignment: Assignment, regrade: int) -> str:
    """While it runs, how far it is; then what would change, or what did."""
    return render_template("regrade.html", **_shown(seat, assignment, regrade))


@blueprint.get("/<id:regrade>/live")
@for_staff_with_assignment
def live(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """The part that changes while it runs, for htmx."""
    found = _regrade(seat, assignment, regrade)
    response = make_response(render_template("parts/regrade_progress.html", **_progress(seat, assignment, found)))
    if found.phase == Phase.REVIEW:
        # The whole page is another one now.
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request.environ)
    return response


@blueprint.post("/<id:regrade>/pause")
@for_instructors_with_assignment
def pause(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Begins no further grading of it."""
    return _moved(seat, assignment, regrade, regrades.pause, "Paused: what runs comes to its end, nothing else begins.")


@blueprint.post("/<id:regrade>/go-on")
@for_instructors_with_assignment
def go_on(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Goes on after a pause."""
    return _moved(seat, assignment, regrade, regrades.go_on, "It goes on.")


@blueprint.post("/<id:regrade>/discard")
@for_instructors_with_assignment
def discard(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Gives it up; nothing of it ever counts."""
    return _moved(seat, assignment, regrade, regrades.discard, "Discarded: every score stays as it was.")


@blueprint.post("/<id:regrade>/publish")
@for_instructors_with_assignment
def publish(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Makes its gradings count, and its suite the one that grades uploads."""

    def move(writing: Session, regrade_id: int, by: User, address: str) -> None:
        release = _read(Release, "release", "Choose whose scores are published.")
        if told := courses.gone(writing, portal().blobs, assignment.id, writing.get_one(Regrade, regrade_id).suite):
            raise CannotRegrade(told)
        # A form without the field has seen nothing that is published; "?" is no hash.
        regrades.publish(writing, regrade_id, release, by, address, seen=request.form.get("seen", "?"))

    return _moved(seat, assignment, regrade, move, "Published. It can be taken back on this page.")


@blueprint.post("/<id:regrade>/retry")
@for_instructors_with_assignment
def retry(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Grades again what ended as a fault of the grader."""
    return _moved(seat, assignment, regrade, regrades.retry, "What ended as our fault is graded again.")


@blueprint.post("/<id:regrade>/revert")
@for_instructors_with_assignment
def revert(seat: Seat, assignment: Assignment, regrade: int) -> Response:
    """Takes a publication back."""

    def move(writing: Session, regrade_id: int, by: User, address: str) -> None:
        former = writing.get_one(Regrade, regrade_id).former_suite
        if former is not None and (told := courses.gone(writing, portal().blobs, assignment.id, former)):
            raise CannotRegrade(told)
        regrades.revert(writing, regrade_id, by, address)

    return _moved(seat, assignment, regrade, move, "Taken back: the scores of before count again.")


def _read(kind: type[_Choice], field: str, told: str) -> _Choice:
    try:
        return kind(request.form.get(field, ""))
    except ValueError:
        raise CannotRegrade(told) from None


def _moved(
    seat: Seat, assignment: Assignment, regrade: int, move: Callable[[Session, int, User, str], object], told: str
) -> Response:
    found = _regrade(seat, assignment, regrade)
    try:
        with portal().database.write() as writing:
            move(writing, found.id, seat.user, request.remote_addr or "")
    except CannotRegrade as error:
        told = str(error)
    flash(told)
    return redirect(_address(seat, assignment, found.id), code=303)


def _page(seat: Seat, assignment: Assignment, trouble: str = "") -> str:
    own = (Regrade.assignment_id == assignment.id) & standing.with_hand_ins(seat.course.id, seat.reach)
    part = paging(reading().scalars(select(func.count()).select_from(Regrade).where(own)).one(), _LISTED)
    rows = reading().scalars(
        select(Regrade)
        .options(joinedload(Regrade.suite), joinedload(Regrade.by))
        .where(own)
        .order_by(Regrade.id.desc())
        .limit(part.size)
        .offset(part.offset)
    )
    suites = courses.versions(reading(), assignment)
    checks = checked.newest(reading(), [suite.id for suite in suites])
    return render_template(
        "regrades.html",
        seat=seat,
        assignment=assignment,
        regrades=rows.all(),
        paging=part,
        suites=suites,
        ready={suite for suite, check in checks.items() if check.ready},
        phases=REGRADE,
        trouble=trouble,
        form=request.form,
        alike=_alike(reading(), assignment, seat, request.form.get("alike") or request.args.get("alike", "")),
    )


def _shown(seat: Seat, assignment: Assignment, regrade_id: int) -> dict[str, Any]:
    found = _regrade(seat, assignment, regrade_id)
    if found.phase in (Phase.RUNNING, Phase.PAUSED, Phase.DISCARDED):
        return _progress(seat, assignment, found)
    which = request.args.get("only", "")
    which = which if which in _FILTERS else ""
    reviewed = review(reading(), found, seat.reach)
    rows = reviewed.only(which)
    if not which:
        rows = tuple(row for row in rows if row.move is not Move.STAYS or row.unsteady)
    part = paging(len(rows), _PAGE)
    listed = part.of(rows)
    return _about(seat, assignment, found) | {
        "review": reviewed,
        "rows": listed,
        "which": which,
        "paging": part,
        "seen": assignment.suite.hash if assignment.suite is not None else "",
        "released": _released(found, reviewed),
        "left": LEFT,
        "tasks": moved_tasks(reading(), listed),
        "crosses": crosses,
        "by_hand": regraded_by_hand((*reviewed.rows, *reviewed.others), found.suite),
        "verdicts": CATALOGUE,
        "late_uploads": standing.uploads_since(reading(), found, seat.reach),
        "obstacle": _obstacle(assignment, found) if seat.role == Role.INSTRUCTOR else "",
    }


def _released(found: Regrade, reviewed: Review) -> str:
    """Whose scores were published, and by whom; "" before that."""
    if not found.released:
        return ""
    by = f", by {found.published_by.name}" if found.published_by is not None else ""
    if found.released == Release.ALL:
        return f"For all{by}."
    kept = f"{reviewed.held} {'student' if reviewed.held == 1 else 'students'} kept a higher score"
    return f"Where no score falls{by}: {kept if reviewed.held else 'nobody would have lost points'}."


def _obstacle(assignment: Assignment, found: Regrade) -> str:
    """Why it cannot be published or, once it is, taken back; "" when it can."""
    if found.phase == Phase.PUBLISHED:
        former = found.former_suite
        return courses.gone(reading(), portal().blobs, assignment.id, former) if former is not None else ""
    if found.phase != Phase.REVIEW:
        return ""
    try:
        courses.require_check(reading(), assignment, found.suite)
    except checked.NotChecked as reason:
        return str(reason)
    return courses.gone(reading(), portal().blobs, assignment.id, found.suite)


def _progress(seat: Seat, assignment: Assignment, found: Regrade) -> dict[str, Any]:
    states = standing.progress(reading(), found.id)
    total = sum(states.values())
    waiting = states.get(State.QUEUED, 0)
    running = states.get(State.RUNNING, 0)
    how_far = {"done": total - waiting - running, "running": running, "total": total}
    return _about(seat, assignment, found) | how_far


def _about(seat: Seat, assignment: Assignment, found: Regrade) -> dict[str, Any]:
    return {
        "seat": seat,
        "assignment": assignment,
        "regrade": found,
        "phase": REGRADE[Phase(found.phase)],
        "decides": seat.role == Role.INSTRUCTOR,
        "moving": found.phase in (Phase.RUNNING, Phase.PAUSED),
    }


def _regrade(seat: Seat, assignment: Assignment, regrade_id: int) -> Regrade:
    found = reading().scalar(
        select(Regrade)
        .options(
            joinedload(Regrade.suite),
            joinedload(Regrade.former_suite),
            joinedload(Regrade.by),
            joinedload(Regrade.published_by),
            joinedload(Regrade.assignment).joinedload(Assignment.course),
        )
        .where(
            Regrade.id == regrade_id,
            Regrade.assignment_id == assignment.id,
            standing.with_hand_ins(seat.course.id, seat.reach),
        )
    )
    if found is None:
        not_found()
    return found


def _suite_id(session: Session, assignment: Assignment, asked: str) -> int:
    return next((suite.id for suite in courses.versions(session, assignment) if str(suite.id) == asked), 0)


def _alike(session: Session, assignment: Assignment, seat: Seat, key: str) -> Group | None:
    """The error group of that key; None without one."""
    return error_groups.group(session, assignment, seat.reach, key) if key else None


def _address(seat: Seat, assignment: Assignment, regrade_id: int) -> str:
    return url_for("regrades.one", course=seat.course.slug, assignment=assignment.slug, regrade=regrade_id)
