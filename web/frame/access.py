"""Who may open what: the one place where it is decided, and the decorators that each view states it by.

Every view carries exactly one of them; the application does not start with a view that carries none. What is not there
and what is not for this person look the same from outside: 404.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

import msgspec
from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from submissions.models import Assignment, Author, Course, Enrolment, Role, Submission, User, WebSession, now
from submissions.people import people, reach
from submissions.people.reach import Reach
from web.frame.context import began, portal, reading
from web.frame.errors import Problem, not_found, respond

View = Callable[..., Any]


class Seat(msgspec.Struct, frozen=True):
    """A person's live place in a course. `reach` is which students those of its staff see."""

    user: User
    course: Course
    role: Role
    reach: Reach

    @property
    def staff(self) -> bool:
        """True for those who answer for the course: they may read everything in it."""
        return self.role in (Role.STAFF, Role.INSTRUCTOR)


def for_everyone(view: View) -> View:
    """No login is needed."""
    return _marked(view, "everyone")


def for_people(view: View) -> View:
    """Any person who is logged in; the view shows only what is their own."""
    return _marked(view, "people")


def for_members(view: View) -> View:
    """Members of the course named in the address. The view gets their `seat` in place of the course's name."""

    @wraps(view)
    def guarded(course: str, **rest: Any) -> Any:
        return view(_seat(course), **rest)

    return _marked(guarded, "members")


def for_staff(view: View) -> View:
    """Staff and instructors of the course named in the address. The view gets their `seat`."""

    @wraps(view)
    def guarded(course: str, **rest: Any) -> Any:
        seat = _seat(course)
        if not seat.staff:
            abort(403)
        return view(seat, **rest)

    return _marked(guarded, "staff")


def for_instructors(view: View) -> View:
    """Instructors alone of the course named in the address. The view gets their `seat`."""

    @wraps(view)
    def guarded(course: str, **rest: Any) -> Any:
        seat = _seat(course)
        if seat.role != Role.INSTRUCTOR:
            abort(403)
        return view(seat, **rest)

    return _marked(guarded, "instructors")


def for_any_staff(view: View) -> View:
    """Whoever is staff or instructor of a course, whichever: for what concerns the whole service."""

    @wraps(view)
    def guarded(**rest: Any) -> Any:
        answers_for = select(Enrolment.id).where(
            Enrolment.user_id == g.user.id,
            Enrolment.role.in_((Role.STAFF, Role.INSTRUCTOR)),
            Enrolment.ended_at.is_(None),
        )
        if reading().scalar(answers_for.limit(1)) is None:
            abort(403)
        return view(**rest)

    return _marked(guarded, "any staff")


def for_members_with_assignment(view: View) -> View:
    """Members, and an assignment of their course; the view gets `seat` and `assignment`, with its suite.

    Until it opens, an assignment is there for staff alone.
    """

    return _marked(_with_assignment(view, tuple(Role)), "members")


def for_staff_with_assignment(view: View) -> View:
    """Staff and instructors, and an assignment of their course; the view gets `seat` and `assignment`."""
    return _marked(_with_assignment(view, (Role.STAFF, Role.INSTRUCTOR)), "staff")


def for_instructors_with_assignment(view: View) -> View:
    """Instructors alone: what they decide here moves the scores of others."""
    return _marked(_with_assignment(view, (Role.INSTRUCTOR,)), "instructors")


def for_owner_or_staff(view: View) -> View:
    """The submission's own students, while in the course, and its staff; the view gets `seat` and `submission`."""

    @wraps(view)
    def guarded(submission: int, **rest: Any) -> Any:
        seat, found = _before(submission)
        return view(seat, found, **rest)

    return _marked(guarded, "owner or staff")


def for_owner(view: View) -> View:
    """The submission's own students, while in the course; staff may read it and not speak for the student."""

    @wraps(view)
    def guarded(submission: int, **rest: Any) -> Any:
        seat, found = _before(submission)
        if not found.is_by(seat.user.id):
            abort(403)
        return view(seat, found, **rest)

    return _marked(guarded, "owner")


def for_staff_with_submission(view: View) -> View:
    """Staff and instructors of the submission's course; the view gets `seat` and `submission`."""

    @wraps(view)
    def guarded(submission: int, **rest: Any) -> Any:
        seat, found = _before(submission)
        if not seat.staff:
            abort(403)
        return view(seat, found, **rest)

    return _marked(guarded, "staff")


def student_of(seat: Seat, submission: Submission) -> User:
    """Whose standing a submission's page tells: the reader's own where it is theirs, else that of who uploaded it; of
    several students, that of one whom these staff see."""
    if submission.is_by(seat.user.id):
        return seat.user
    if not seat.reach.limited:
        return submission.user
    seen = select(User).join(Author, Author.user_id == User.id).where(Author.submission_id == submission.id)
    seen = seen.where(seat.reach.of_people(seat.course.id, User.id)).order_by(User.id != submission.user_id, User.id)
    return reading().scalars(seen).first() or not_found()


def is_open(assignment: Assignment, at: datetime) -> bool:
    """Whether students may see it and hand in. It stays open after the deadline: late is stated, not refused."""
    return assignment.opens_at is None or assignment.opens_at <= at


def init_app(app: Flask) -> None:
    """Identifies the person before anything of the request's body is read."""
    app.before_request(_identify)


def refuse_unmarked_views(app: Flask) -> None:
    """Raises RuntimeError for a view that does not say who may open it: forgetting must not mean `everyone`."""
    unmarked = [name for name, view in app.view_functions.items() if not hasattr(view, "access")]
    if unmarked:
        raise RuntimeError(
            f"these views do not say who may open them (see web.frame.access): {', '.join(sorted(unmarked))}"
        )


def _identify() -> BaseResponse | None:
    # A slow line must not make a student late: it is the first byte's time that counts.
    g.received_at = began.get() or now()
    g.user = g.login = None
    view = current_app.view_functions.get(request.endpoint or "")
    # An address that is not there is answered as such to everyone, in the frame of whoever asks.
    access = getattr(view, "access", None) if view is not None else "everyone"
    if request.blueprint == "api":
        g.user = _by_token()
    elif request.endpoint != "static":
        g.login = _by_cookie()
        g.user = g.login.user if g.login is not None else None
    if g.user is not None or access == "everyone":
        return None
    if request.blueprint == "api":
        abort(401)
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("login.page", next=request.full_path.rstrip("?")), code=303)
    return respond(
        Problem(
            401,
            "logged_out",
            "You are logged out",
            "Your login ended while this page was open, so the form was not taken.",
            "Nothing was recorded from this form. Whatever you handed in before is kept.",
            "Log in, then send the form again.",
        )
    )


def _by_cookie() -> Any:
    token = session.get("token")
    if not isinstance(token, str):
        return None
    login = people.find_session(portal().database, token, _idle())
    if login is not None and people.is_seen_anew(login):
        session.modified = True  # signed anew, or it would end so long after the login and not after its last use
    return login


def _idle() -> timedelta:
    return timedelta(days=portal().settings.session_days)


def _by_token() -> User | None:
    # A cookie is never looked at here, so no other site can make a browser use the API.
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return None
    key = people.find_api_token(portal().database, authorization.token)
    return key.user if key is not None else None


def _seat(course: str) -> Seat:
    row = (
        reading()
        .execute(
            select(Course, Enrolment)
            .join(Enrolment, Enrolment.course_id == Course.id)
            .where(Course.slug == course, Enrolment.user_id == g.user.id, Enrolment.ended_at.is_(None))
        )
        .one_or_none()
    )
    if row is None:
        not_found()
    return _taken(row[0], row[1])


def _with_assignment(view: View, roles: tuple[Role, ...]) -> View:
    @wraps(view)
    def guarded(course: str, assignment: str, **rest: Any) -> Any:
        seat = _seat(course)
        found = reading().scalar(
            select(Assignment)
            .options(joinedload(Assignment.suite))
            .where(Assignment.course_id == seat.course.id, Assignment.slug == assignment)
        )
        if found is None or not (seat.staff or is_open(found, now())):
            not_found()
        if seat.role not in roles:
            abort(403)
        return view(seat, found, **rest)

    return guarded


_STILL_OWN = (
    select(WebSession.id)
    .join(Author, Author.user_id == WebSession.user_id)
    .join(Submission, Submission.id == Author.submission_id)
    .join(Assignment, Assignment.id == Submission.assignment_id)
    .join(Enrolment, (Enrolment.course_id == Assignment.course_id) & (Enrolment.user_id == WebSession.user_id))
    .where(
        WebSession.token_hash == bindparam("token_hash"),
        WebSession.revoked_at.is_(None),
        WebSession.seen_at > bindparam("seen_since"),
        Enrolment.ended_at.is_(None),
        Enrolment.role == Role.STUDENT,
        Submission.id == bindparam("submission"),
    )
)


def still_reads_own(submission: int) -> bool:
    """Whether this login lives, and its person is a student of the submission's course, whose own it is.

    Not of staff, who may read by much else. And False every few minutes, so that a page that only waits is a use of
    its login.
    """
    token = session.get("token")
    if not isinstance(token, str):
        return False
    asked = {"token_hash": people.digest(token), "seen_since": now() - people.SEEN_STEP, "submission": submission}
    return reading().connection().execute(_STILL_OWN, asked).first() is not None


_BEFORE = (
    select(Submission, Enrolment)
    .join(Assignment, Submission.assignment_id == Assignment.id)
    .join(
        Enrolment,
        (Enrolment.course_id == Assignment.course_id)
        & (Enrolment.user_id == bindparam("user"))
        & Enrolment.ended_at.is_(None),
    )
    .options(
        joinedload(Submission.user),
        joinedload(Submission.authors).joinedload(Author.user),
        joinedload(Submission.assignment).joinedload(Assignment.course),
    )
    .where(Submission.id == bindparam("submission"))
)


def _before(submission: int) -> tuple[Seat, Submission]:
    """The submission, and the place in its course from which this person may read it."""
    row = reading().execute(_BEFORE, {"user": g.user.id, "submission": submission}).unique().one_or_none()
    if row is None:
        not_found()
    found, place = row
    seat = _taken(found.assignment.course, place)
    if not found.is_by(g.user.id) and not _within(seat, found):
        not_found()
    return seat, found


def _taken(course: Course, place: Enrolment) -> Seat:
    return Seat(g.user, course, Role(place.role), reach.of_place(place))


def _within(seat: Seat, submission: Submission) -> bool:
    """Whether it is a student's whom these staff see."""
    if not seat.reach.limited:
        return True
    own = select(Submission.id).where(Submission.id == submission.id, seat.reach.of_submissions(seat.course.id))
    return reading().scalar(own) is not None


def _marked(view: View, access: str) -> View:
    @wraps(view)
    def marked(**arguments: Any) -> Response | str:
        return cast("Response | str", view(**arguments))

    marked.access = access  # type: ignore[attr-defined]
    return marked
