"""Students at risk, for staff: whom to ask before it is too late, as a page and as a file to write to them by."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from submissions.clock import absolute
from submissions.handing_in import at_risk
from submissions.handing_in.at_risk import IN_A_ROW, NEAR, AtRisk, Missing
from submissions.models import now
from web.frame.access import Seat, for_staff
from web.frame.context import reading
from web.words import spreadsheet

blueprint = Blueprint("at_risk", __name__, url_prefix="/courses/<course>")

_MOST_SHOWN = 300


@blueprint.get("/at-risk")
@for_staff
def page(seat: Seat) -> str:
    """Whom should we ask?"""
    return render_template(
        "at_risk.html",
        seat=seat,
        students=at_risk.students(reading(), seat.course.id, seat.reach, now()),
        most_shown=_MOST_SHOWN,
        hours=int(NEAR.total_seconds() // 3600),
        in_a_row=IN_A_ROW,
    )


@blueprint.get("/at-risk.csv")
@for_staff
def file(seat: Seat) -> Response:
    """The same students as comma-separated values."""
    found = at_risk.students(reading(), seat.course.id, seat.reach, now())
    today = now().astimezone(ZoneInfo(seat.course.timezone)).date()
    return spreadsheet.file(_lines(found, seat.course.timezone), f"{seat.course.slug}-at-risk-{today}.csv")


def _lines(found: list[AtRisk], zone: str) -> Iterator[list[str]]:
    yield ["Name", "Login", "Section", "Due soon, nothing handed in", "Passed in a row, nothing handed in"]
    for each in found:
        yield [each.name, each.login, each.section, _listed(each.near, zone), _listed(each.behind, zone)]


def _listed(missing: tuple[Missing, ...], zone: str) -> str:
    return "; ".join(f"{each.title} ({absolute(each.due_at, zone)})" for each in missing)
