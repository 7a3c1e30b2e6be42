"""Whose eyes a page has: its reader's or, where staff ask for it by `?as=student`, a student's. Decided here alone.

What is drawn then is drawn for a student's seat, by the same code and the same template, so that it cannot differ.
It is for looking at, and never a way to act as somebody: it is a seat of this one page and not of the session, a page
drawn so has no token in its forms, and the view of a form never asks for it.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Flask, g, request
from sqlalchemy import select

from submissions.models import Assignment, Author, Enrolment, Role, Submission, User, now
from submissions.people.reach import NOBODY
from web.frame.access import Seat, is_open
from web.frame.context import reading
from web.frame.errors import tell

_NEWCOMER = 0  # no row has it


def of_newcomer(seat: Seat, assignment: Assignment | None = None) -> Seat:
    """The seat to draw a page of the course or of an assignment for; as a student's, one's who handed in nothing."""
    if not _asked(seat):
        return seat
    if assignment is not None and not is_open(assignment, now()):
        _nothing_to_see("The assignment opens for students later; until then it is not there for them.")
    return _through(seat, User(id=_NEWCOMER, login="", name="a student who has handed in nothing"))


def of_owner(seat: Seat, submission: Submission) -> Seat:
    """The seat to draw a submission's page for; as a student's, that of whose it is."""
    if not _asked(seat):
        return seat
    owner = reading().scalar(
        select(User)
        .join(Author, Author.user_id == User.id)
        .join(Enrolment, (Enrolment.user_id == User.id) & (Enrolment.course_id == seat.course.id))
        .where(
            Author.submission_id == submission.id,
            Enrolment.role == Role.STUDENT,
            Enrolment.ended_at.is_(None),
            seat.reach.of_places(),
        )
        .order_by(User.id != submission.user_id, User.id)
    )
    if owner is None:
        _nothing_to_see("Nobody whose hand-in it is has a student's place in the course now.")
    return _through(seat, owner)


def is_newcomer(seat: Seat) -> bool:
    """Whether it is nobody's own page: there is no place in the course whose terms hold."""
    return seat.user.id == _NEWCOMER


def lent() -> bool:
    """Whether the page is drawn for a student and read by staff: what even staff may not read has no place on it."""
    return g.get("seen_as") is not None


def init_app(app: Flask) -> None:
    """Tells templates whose eyes the page has (`seen_as`), and leaves its forms without a token."""

    @app.context_processor
    def eyes() -> dict[str, object]:
        seen_as: User | None = g.get("seen_as")
        return {"seen_as": seen_as, **({"csrf_token": str} if seen_as is not None else {})}


def _asked(seat: Seat) -> bool:
    return seat.staff and request.method in ("GET", "HEAD") and request.args.get("as") == "student"


def _through(seat: Seat, student: User) -> Seat:
    g.seen_as = student
    return Seat(student, seat.course, Role.STUDENT, NOBODY)


def _nothing_to_see(why: str) -> NoReturn:
    tell(
        404,
        "not_for_students",
        "Students do not see this page",
        why,
        "Go back to your own view of it: the same address without “?as=student”.",
    )
