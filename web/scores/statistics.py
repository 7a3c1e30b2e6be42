"""How an assignment goes, for staff: scores, tests, tries and hand-ins over time, drawn, in words and numbers."""

from __future__ import annotations

import msgspec
from flask import Blueprint, render_template

from submissions.clock import absolute
from submissions.models import Assignment
from submissions.scores import statistics
from submissions.scores.statistics import Period
from web.frame.access import Seat, for_staff_with_assignment
from web.frame.context import reading
from web.words import times

blueprint = Blueprint("statistics", __name__, url_prefix="/courses/<course>/assignments/<assignment>/statistics")


class Bar(msgspec.Struct, frozen=True):
    """One bar of a drawing: its number, what it is of, and the mark below it ("": none). `late` is drawn otherwise."""

    count: int
    of: str
    mark: str = ""
    late: bool = False


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """How does it go?"""
    found = statistics.of_assignment(reading(), assignment, seat.reach)
    return render_template(
        "statistics.html",
        seat=seat,
        assignment=assignment,
        found=found,
        scores=[Bar(count, f"{10 * n} to {10 * n + 10} %", f"{10 * n} %") for n, count in enumerate(found.scores.bins)],
        tries=[Bar(count, name, name) for name, count in found.tries.bars],
        within=[Bar(count, name, name) for name, count in found.tries.within],
        took=times.span(found.tries.time) if found.tries.time is not None else "",
        periods=_over_time(found.periods, seat.course.timezone),
        late=sum(each.uploads for each in found.periods if each.late),
    )


def _over_time(periods: tuple[Period, ...], zone: str) -> list[Bar]:
    ends = (0, len(periods) - 1)
    return [
        Bar(
            each.uploads,
            f"until {absolute(each.ends, zone)}",
            times.day(each.ends, zone) if n in ends else "",
            each.late,
        )
        for n, each in enumerate(periods)
    ]
