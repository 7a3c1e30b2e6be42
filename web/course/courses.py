"""The courses one is in, a course with its assignments, and for staff the plain list of its hand-ins."""

from __future__ import annotations

import math
from datetime import datetime

import msgspec
from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.wrappers import Response

from grader.verdicts import CATALOGUE
from submissions.handing_in import running, terms
from submissions.models import Assignment, Author, Enrolment, Grading, Role, State, Submission, User, now
from submissions.people import people
from submissions.regrades import standing
from submissions.scores import counting
from submissions.service import alerts
from submissions.talk import requests
from web.course import announcements, news
from web.frame import eyes
from web.frame.access import Seat, for_members, for_people, for_staff, is_open
from web.frame.context import reading
from web.results import outcome
from web.words.paging import paging
from web.words.states import (
    DECIDED,
    EXCUSED,
    LEFT,
    NO_TESTS,
    NOT_HANDED_IN,
    NOT_OPEN,
    REGRADED,
    TAKES,
    UNSEEN,
    Chip,
    lateness,
    of_grading,
)

blueprint = Blueprint("courses", __name__)

_PAGE = 100
_MOST_ALERTS = 20
_NEWEST_FIRST = (Submission.received_at.desc(), Submission.id.desc())
_OLDEST_FIRST = (Submission.received_at, Submission.id)


class Card(msgspec.Struct, frozen=True):
    """One assignment on the course page. Without a score, `why_no_score` says what the reader can expect.

    `due_at` is the reader's own deadline.
    """

    assignment: Assignment
    open: bool
    past_due: bool
    due_at: datetime | None
    chip: Chip
    standing: counting.Standing | None = None
    total: counting.Total | None = None
    why_no_score: str = ""
    submission_id: int | None = None
    handed_in: int = 0
    uploads: int = 0
    by_hand: int = 0


@blueprint.get("/")
@for_people
def home() -> str | Response:
    """The courses, those that are over folded; straight on to the course when there is only one."""
    seats = people.enrolments_of(reading(), g.user.id)
    if len(seats) == 1:
        return redirect(url_for("courses.page", course=seats[0].course.slug), code=303)
    return render_template("courses.html", running=running.of(reading(), seats, g.user.id, now()))


@blueprint.get("/courses/<course>/")
@for_members
def page(seat: Seat) -> str:
    """One card an assignment; for staff also what the grader could not do."""
    seat = eyes.of_newcomer(seat)
    cards = sorted(_staff_cards(seat) if seat.staff else _student_cards(seat), key=_needed_first)
    announced = announcements.shown_on(seat.course.id)
    unseen = news.count_new(seat)
    if not seat.staff:
        return render_template("course.html", seat=seat, cards=cards, announced=announced, unseen=unseen)
    to_review = standing.to_review(reading(), seat.course.id, seat.reach)
    asked = requests.count_open(reading(), seat.course.id, seat.reach)
    faults = alerts.open_alerts(reading(), seat.course.id, seat.reach, _MOST_ALERTS)
    return render_template(
        "course.html",
        seat=seat,
        cards=cards,
        announced=announced,
        unseen=unseen,
        to_review=to_review,
        asked=asked,
        alerts=faults,
        held_by=standing.held_by(reading(), [each.grading.submission_id for each in faults if each.grading]),
        most_alerts=_MOST_ALERTS,
    )


@blueprint.get("/courses/<course>/hand-ins")
@for_staff
def hand_ins(seat: Seat) -> str:
    """Every upload of the course, the newest first, a page at a time; `who` looks in names and logins.

    `only=by-hand`: those that count and have written answers which nobody has graded yet, the oldest first.
    `of`: those of one assignment; `section`: of the students of one section.
    """
    who = request.args.get("who", "").strip()
    asked = select(Assignment).where(Assignment.course_id == seat.course.id, Assignment.slug == request.args.get("of"))
    of = reading().scalar(asked) if "of" in request.args else None
    by_hand = request.args.get("only") == "by-hand"
    section = request.args.get("section", "")
    ungraded = counting.ungraded(reading(), seat.course.id, seat.reach)
    wanted = select(Submission.id).join(Submission.assignment)
    wanted = wanted.where(Assignment.course_id == seat.course.id, seat.reach.of_submissions(seat.course.id))
    if who:
        named = User.name.icontains(who, autoescape=True) | User.login.icontains(who, autoescape=True)
        wanted = wanted.where(Submission.id.in_(select(Author.submission_id).join(Author.user).where(named)))
    if of:
        wanted = wanted.where(Submission.assignment_id == of.id)
    if section:
        wanted = wanted.where(
            Submission.id.in_(
                select(Author.submission_id).where(Author.user_id.in_(people.of_section(seat.course.id, section)))
            )
        )
    if by_hand:
        wanted = wanted.where(Submission.id.in_(select(ungraded.c.id)))
    shown = paging(reading().scalars(select(func.count()).select_from(wanted.subquery())).one(), _PAGE)
    submissions = reading().execute(
        select(Submission, Submission.id.in_(select(ungraded.c.id)))
        .join(Submission.assignment)
        .options(
            contains_eager(Submission.assignment),
            joinedload(Submission.user),
            selectinload(Submission.authors),
            *counting.TOTALS,
        )
        .where(Submission.id.in_(wanted))
        .order_by(*_OLDEST_FIRST if by_hand else _NEWEST_FIRST)
        .limit(shown.size)
        .offset(shown.offset)
    )
    left = people.ended(reading(), seat.course.id)
    rows = [
        {
            "left": LEFT if submission.user_id in left else None,
            "by_hand": waits,
            "submission": submission,
            "total": counting.total(submission, grading),
            "state": of_grading(grading),
            "late": lateness(submission),
        }
        for submission, waits in submissions
        for grading in [counting.speaking(submission)]
    ]
    return render_template(
        "hand_ins.html",
        seat=seat,
        rows=rows,
        who=who,
        of=of,
        by_hand=by_hand,
        section=section,
        sections=people.sections(reading(), seat.course.id, seat.reach),
        waiting=reading().scalars(select(func.count()).select_from(ungraded)).one(),
        paging=shown,
        here=url_for(
            "courses.hand_ins",
            course=seat.course.slug,
            who=who or None,
            of=of.slug if of else None,
            only="by-hand" if by_hand else None,
            section=section or None,
        ),
    )


def _needed_first(card: Card) -> tuple[int, float]:
    """What can be handed in comes first, by deadline; then what opens later; then what has ended, the last first."""
    moment = card.due_at.timestamp() if card.due_at is not None else math.inf
    if card.past_due:
        return 2, -moment
    return 0 if card.open else 1, moment


def _student_cards(seat: Seat) -> list[Card]:
    at = now()
    standings = counting.standings(reading(), seat.course.id, seat.user.id)
    own = terms.of_all(reading(), [each.assignment for each in standings], seat.course, seat.user.id)
    return [
        _student_card(outcome.standing_for(seat.staff, each), own[each.assignment.id].due_at, at, seat.course.timezone)
        for each in standings
    ]


def _student_card(standing: counting.Standing, due_at: datetime | None, at: datetime, zone: str) -> Card:
    assignment = standing.assignment
    past_due = counting.past_due(due_at, at)
    if not is_open(assignment, at):
        why = "What is expected will be here when it opens."
        return Card(assignment, False, past_due, due_at, NOT_OPEN, why_no_score=why)
    if not standing.attempts:
        why = "Nothing handed in yet; your score will be here minutes after you do."
        chip = _decided(standing) or NOT_HANDED_IN
        return Card(assignment, True, past_due, due_at, chip, standing, why_no_score=why)
    counts = standing.counts or standing.attempts[0]
    grading = counts.grading
    chip = of_grading(grading)
    late = lateness(counts.submission)
    if grading is not None and grading.state == State.GRADED and late is not None and late.tone == "warn":
        chip = Chip(late.symbol, f"graded, {late.word}", "warn")
    if counts.hidden:
        chip = UNSEEN
    elif counts.total is not None and counting.regraded(grading, at):
        chip = REGRADED
    return Card(
        assignment,
        True,
        past_due,
        due_at,
        EXCUSED if standing.mark.excused else chip,
        standing,
        counts.total,
        outcome.why_unseen(counts, at, zone) if counts.hidden else _why_no_score(grading),
        standing.attempts[0].submission.id,
    )


def _decided(standing: counting.Standing) -> Chip | None:
    if standing.mark.excused:
        return EXCUSED
    return DECIDED if standing.decisions else None


def _why_no_score(grading: Grading | None) -> str:
    if grading is not None and grading.state == State.FAULT:
        return CATALOGUE["grader_fault"].student
    if grading is not None and grading.state == State.REFUSED:
        return "The hand-in could not be graded; its page says what to mend."
    return "Your score will be here as soon as the grading is done."


def _staff_cards(seat: Seat) -> list[Card]:
    at = now()
    of_students = (
        select(
            Submission.assignment_id,
            func.count(distinct(Author.user_id)).label("people"),
            func.count(distinct(Submission.id)).label("uploads"),
        )
        .join(Assignment, Submission.assignment_id == Assignment.id)
        .join(Submission.authors)
        .join(Enrolment, (Enrolment.course_id == Assignment.course_id) & (Enrolment.user_id == Author.user_id))
        .where(Assignment.course_id == seat.course.id, Enrolment.role == Role.STUDENT, seat.reach.of_places())
        .group_by(Submission.assignment_id)
    )
    counted = {row.assignment_id: row for row in reading().execute(of_students)}
    assignments = reading().scalars(
        select(Assignment)
        .where(Assignment.course_id == seat.course.id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    )
    ungraded = counting.ungraded(reading(), seat.course.id, seat.reach)
    waiting = select(ungraded.c.assignment_id, func.count().label("number")).group_by(ungraded.c.assignment_id)
    by_hand = {row.assignment_id: row.number for row in reading().execute(waiting)}
    cards = []
    for assignment in assignments:
        row = counted.get(assignment.id)
        past_due = counting.past_due(assignment.due_at, at)
        open_now = is_open(assignment, at)
        chip = NOT_OPEN if not open_now else NO_TESTS if assignment.suite_id is None else TAKES
        cards.append(
            Card(
                assignment,
                open_now,
                past_due,
                assignment.due_at,
                chip,
                handed_in=row.people if row else 0,
                uploads=row.uploads if row else 0,
                by_hand=by_hand.get(assignment.id, 0),
            )
        )
    return cards
