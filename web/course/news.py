"""What changed for its reader since last time."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from submissions.models import Enrolment, now
from submissions.talk import news
from submissions.talk.news import Kind
from web.frame.access import Seat, for_members
from web.frame.context import LONGEST_ARRIVAL, portal, reading
from web.frame.eyes import is_newcomer

blueprint = Blueprint("news", __name__, url_prefix="/courses/<course>/news")

# Of what happened: a symbol, and the words that go before the assignment's title.
_WORDS = {
    Kind.ANNOUNCED: ("✉", "announced"),
    Kind.GRADED: ("✓", "Your hand-in was graded"),
    Kind.REFUSED: ("⊘", "Your hand-in could not be graded"),
    Kind.REGRADED: ("↻", "Your hand-in was graded again"),
    Kind.COMMENTED: ("✎", "Staff commented on your hand-in"),
    Kind.ANSWERED: ("✉", "Your request was answered"),
    Kind.DECIDED: ("✎", "Staff decided about your score"),
    Kind.EXTENDED: ("⚑", "You have an extension"),
    Kind.OPENED: ("○", "Opened"),
    Kind.DUE_MOVED: ("⚑", "The deadline was moved"),
    Kind.POINTS_RELEASED: ("★", "Points by hand were released"),
    Kind.PUBLISHED: ("★", "Results were published"),
}


@blueprint.get("/")
@for_members
def page(seat: Seat) -> str:
    """What changed, the newest first, and from where on it is new to the reader."""
    at = now()
    place = _place(seat)
    found = news.of(reading(), place, at, at - LONGEST_ARRIVAL)
    seen_at = place.news_seen_at
    old = [each for each in found if seen_at is not None and each.at <= seen_at]
    return render_template(
        "news.html",
        seat=seat,
        new=[each for each in found if each not in old],
        old=old,
        seen_at=seen_at,
        until=at.isoformat(),
        words=_WORDS,
    )


@blueprint.post("/seen")
@for_members
def seen(seat: Seat) -> Response:
    """All that the page told is seen; what came since it was drawn stays new."""
    at = now()
    try:
        until = datetime.fromisoformat(request.form.get("until", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        until = at
    with portal().database.write() as writing:
        news.seen(writing, _place(seat), min(until, at))
    return redirect(url_for("news.page", course=seat.course.slug), code=303)


def count_new(seat: Seat) -> int:
    """How much changed for the reader that they have not seen yet."""
    at = now()
    # A newcomer's eyes have seen nothing, and no row says so.
    place = Enrolment(course_id=seat.course.id, user_id=seat.user.id, section="") if is_newcomer(seat) else _place(seat)
    return news.count_new(reading(), place, at, at - LONGEST_ARRIVAL)


def _place(seat: Seat) -> Enrolment:
    return (
        reading()
        .scalars(select(Enrolment).where(Enrolment.course_id == seat.course.id, Enrolment.user_id == seat.user.id))
        .one()
    )
