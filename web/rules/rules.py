"""The rules of an assignment, for instructors: a form, what it does to uploads at real dates, and whose score it moves.

Nothing is saved that contradicts itself, and nothing that moves a score before who saves it has seen whose.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.changes import results, rule_changes
from submissions.changes.rule_changes import MOST_GRACE, BadRules, Outdated, ToReview
from submissions.handing_in import terms
from submissions.models import Assignment, now
from submissions.rules import rule_examples, rules
from submissions.rules.rules import Counted, Rules, Shown, Unit
from web.frame.access import Seat, for_instructors_with_assignment
from web.frame.context import portal, reading
from web.results import outcome
from web.words import rules_in_words, typed
from web.words.wording import points

blueprint = Blueprint("rules", __name__, url_prefix="/courses/<course>/assignments/<assignment>/rules")

Kind = TypeVar("Kind", Unit, Counted, Shown)

_MEANWHILE = (
    "Somebody else changed these rules after this page was opened, and nothing of yours was saved. The form holds what "
    "you typed: compare it with the rules as they are now, and save it then."
)


class Read(msgspec.Struct, frozen=True):
    """What the form says; `troubles` is what cannot be meant, a sentence for each field."""

    rules: Rules
    grace_days: int
    troubles: dict[str, str]


@blueprint.get("/")
@for_instructors_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """What do the rules do?"""
    stored = terms.rules_of(assignment, seat.course)
    return _page(seat, assignment, Read(stored, seat.course.grace_days, {}), _typed(stored, seat.course.grace_days))


@blueprint.post("/")
@for_instructors_with_assignment
def change(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Saves the rules, or only shows what they would do. What cannot be saved comes back as it was typed."""
    form = {name: request.form.get(name, "").strip() for name in _FIELDS}
    found = _read(form, terms.rules_of(assignment, seat.course), seat.course.grace_days)
    troubles = found.troubles | {
        each.field: each.text for each in rules.contradictions(found.rules) if each.field not in found.troubles
    }
    if troubles:
        return _page(seat, assignment, msgspec.structs.replace(found, troubles=troubles), form), 422
    opened_with = request.form.get("opened_with", "")
    if request.form.get("press") == "look":
        return _page(seat, assignment, found, form, opened_with=opened_with), 200
    try:
        with portal().database.write() as writing:
            moved = rule_changes.change(
                writing,
                assignment.id,
                found.rules,
                found.grace_days,
                seat.user.login,
                request.remote_addr or "",
                opened_with=opened_with,
                seen=request.form.get("seen", ""),
            )
    except ToReview as review:
        return _page(seat, assignment, found, form, review=review, opened_with=opened_with), 409
    except Outdated:
        # The page is of the moment after, and so is what its form knows of.
        reading().rollback()
        reading().refresh(assignment)
        reading().refresh(seat.course)
        return _page(seat, assignment, found, form, trouble=_MEANWHILE), 409
    except BadRules as error:
        return _page(seat, assignment, found, form, trouble=str(error)), 422
    flash(f"Saved. {rules_in_words.scores(moved)}")
    return redirect(url_for("rules.page", course=seat.course.slug, assignment=assignment.slug), code=303)


@blueprint.post("/results")
@for_instructors_with_assignment
def publish(seat: Seat, assignment: Assignment) -> Response:
    """Publishes the results, or takes that back."""
    change = results.take_back if request.form.get("press") == "take-back" else results.publish
    with portal().database.write() as writing:
        changed = change(writing, assignment.id, seat.user, request.remote_addr or "")
    if not changed:
        flash("So it was before: nothing was changed.")
    elif change is results.publish:
        flash("The results are published: students see their scores.")
    else:
        flash("Taken back: students see what the rules show them.")
    page = url_for("rules.page", course=seat.course.slug, assignment=assignment.slug, _anchor="results")
    return redirect(page, code=303)


def _page(
    seat: Seat,
    assignment: Assignment,
    found: Read,
    form: dict[str, str],
    *,
    review: ToReview | None = None,
    trouble: str = "",
    opened_with: str = "",
) -> str:
    stored = terms.rules_of(assignment, seat.course)
    told = stored if found.troubles else found.rules
    return render_template(
        "rules.html",
        seat=seat,
        assignment=assignment,
        form=form,
        troubles=found.troubles,
        trouble=trouble,
        review=review,
        most_shown=rules_in_words.MOST_MOVED,
        opened_with=opened_with or rule_changes.known(stored, seat.course.grace_days),
        typed=found.rules != stored or found.grace_days != seat.course.grace_days,
        sentences=rules_in_words.of_everybody(told, told.ends_at),
        examples=[] if found.troubles else rule_examples.of(found.rules, found.grace_days, now()),
        example_score=rule_examples.SCORE,
        most_uploads=rules.MOST_UPLOADS,
        longest_hours=rules.LONGEST_HOURS,
        longest_pause=rules.LONGEST_PAUSE,
        most_grace=MOST_GRACE,
        shown=rules_in_words.SHOWN,
        scores_shown=_scores_are_shown(assignment),
    )


def _scores_are_shown(assignment: Assignment) -> bool:
    """Whether students with the assignment's own deadline see their scores now, by the tests that are published."""
    if assignment.suite is None:
        return True
    return outcome.sight_of(assignment, assignment.due_at, now()).total(assignment.suite.manifest)


_FIELDS = (
    "opens_at",
    "due_at",
    "ends_at",
    "late_percent",
    "late_unit",
    "takes_grace",
    "grace_days",
    "counted",
    "most_uploads",
    "upload_hours",
    "pause_minutes",
    "group_size",
    "show_tests",
    "show_output",
)


def _typed(of: Rules, grace_days: int) -> dict[str, str]:
    """The fields of the form that would be read as these rules."""

    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(ZoneInfo(of.zone)):%Y-%m-%dT%H:%M}" if moment is not None else ""

    return {
        "opens_at": local(of.opens_at),
        "due_at": local(of.due_at),
        "ends_at": local(of.ends_at),
        "late_percent": points(of.late_percent),
        "late_unit": of.late_unit,
        "takes_grace": "yes" if of.takes_grace else "",
        "grace_days": str(grace_days),
        "counted": of.counted,
        "most_uploads": str(of.most_uploads or ""),
        "upload_hours": str(of.upload_hours or ""),
        "pause_minutes": str(of.pause_minutes),
        "group_size": str(of.group_size),
        "show_tests": of.show_tests,
        "show_output": of.show_output,
    }


def _read(form: dict[str, str], stored: Rules, grace_days: int) -> Read:
    """What was typed; a field that cannot be read is told, and keeps what is stored."""
    troubles: dict[str, str] = {}

    def moment(name: str) -> datetime | None:
        before: datetime | None = getattr(stored, name)
        try:
            found = typed.moment(form[name], stored.zone)
        except typed.NoDate as error:
            troubles[name] = str(error)
            return before
        # A form knows no seconds, and what was not changed in it is not to be cut off.
        same = found is not None and before is not None and before.replace(second=0, microsecond=0) == found
        return before if same else found

    def whole(name: str, least: int, most: int) -> int | None:
        try:
            return typed.whole(form[name], least, most)
        except typed.NoNumber as error:
            troubles[name] = str(error)
            return None

    def percent() -> float:
        try:
            found = typed.points(form["late_percent"]) or 0
        except typed.NoNumber:
            found = -1
        if not 0 <= found <= 100:
            troubles["late_percent"] = "Lateness costs from 0 to 100 %, with at most two decimals."
            return stored.late_percent
        return float(found)

    def choice(name: str, kind: type[Kind]) -> Kind:
        try:
            return kind(form[name])
        except ValueError:
            troubles[name] = "Choose one of those that there are."
            return kind(getattr(stored, name))

    read = Rules(
        zone=stored.zone,
        opens_at=moment("opens_at"),
        due_at=moment("due_at"),
        ends_at=moment("ends_at"),
        late_percent=percent(),
        late_unit=choice("late_unit", Unit),
        takes_grace=form["takes_grace"] == "yes",
        counted=choice("counted", Counted),
        most_uploads=whole("most_uploads", 1, rules.MOST_UPLOADS),
        upload_hours=whole("upload_hours", 1, rules.LONGEST_HOURS),
        pause_minutes=whole("pause_minutes", 0, rules.LONGEST_PAUSE) or 0,
        group_size=whole("group_size", 1, rules.MOST_TOGETHER) or 1,
        show_tests=choice("show_tests", Shown),
        show_output=choice("show_output", Shown),
    )
    days = whole("grace_days", 0, MOST_GRACE)
    return Read(read, grace_days if "grace_days" in troubles else days or 0, troubles)
