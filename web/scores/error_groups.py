"""Error groups of an assignment: which students fail in the same way, and one answer to all of them. For staff."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from grader.verdicts import CATALOGUE
from submissions.models import Assignment, Submission
from submissions.scores import error_groups
from submissions.scores.counting import TOTALS
from submissions.scores.error_groups import Group, Member
from submissions.talk import comments
from web.frame.access import Seat, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import Told, not_found
from web.rendering.code import coloured
from web.results import code, excerpts
from web.results.excerpts import Excerpt
from web.words import typed
from web.words.paging import paging

blueprint = Blueprint("error_groups", __name__, url_prefix="/courses/<course>/assignments/<assignment>/groups")

_PAGE = 100
_MOST_EXCERPTS = 3
_MOST_READ = 6  # hand-ins that are opened for them


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """What do most students share? One entry a mistake, with every test in which it shows."""
    found = error_groups.groups(reading(), assignment, seat.reach)
    return render_template(
        "error_groups.html",
        seat=seat,
        assignment=assignment,
        found=found,
        mistakes=error_groups.alike(found.groups),
        verdicts=CATALOGUE,
    )


@blueprint.get("/<key>/")
@for_staff_with_assignment
def one(seat: Seat, assignment: Assignment, key: str) -> str:
    """What do these students share?"""
    return _page(seat, assignment, _group(seat, assignment, key))


@blueprint.post("/<key>/")
@for_staff_with_assignment
def reply(seat: Seat, assignment: Assignment, key: str) -> Response | tuple[str, int]:
    """Says the same to each of them, at the test. What cannot be taken is told beside what was typed."""
    group = _group(seat, assignment, key)
    text = typed.lines(request.form.get("text", ""))
    try:
        with portal().database.write() as writing:
            members = error_groups.members(writing, assignment, seat.reach, group)
            if not members:
                raise comments.BadComment("Nobody is in this group any more, so there is nobody to tell.")
            readers = [each.submission_id for each in _readers(assignment, members)]
            if not readers:
                raise comments.BadComment("Students never see this test, so they would not see what is said at it.")
            address = request.remote_addr or ""
            told = comments.reply(writing, assignment, group.test, group.key, readers, text, seat.user, address)
    except comments.BadComment as error:
        return _page(seat, assignment, group, text, str(error)), 422
    if told:
        flash(f"Said to {told} {'student' if told == 1 else 'students'}: it stands at the test on their page.")
    else:
        flash("All of them had been told this already: nothing was said twice.")
    here = url_for("error_groups.one", course=seat.course.slug, assignment=assignment.slug, key=key)
    return redirect(here, code=303)


@blueprint.post("/<key>/withdraw/<id:comment>")
@for_staff_with_assignment
def withdraw(seat: Seat, assignment: Assignment, key: str, comment: int) -> Response:
    """Takes an answer back from everybody who was told it."""
    with portal().database.write() as writing:
        taken = comments.withdraw_reply(writing, assignment, seat.reach, comment, seat.user, request.remote_addr or "")
    flash(f"Withdrawn from {taken} {'hand-in' if taken == 1 else 'hand-ins'}." if taken else "It was withdrawn before.")
    here = url_for("error_groups.one", course=seat.course.slug, assignment=assignment.slug, key=key)
    return redirect(here, code=303)


def _excerpts(group: Group, members: Sequence[Member]) -> list[tuple[Submission, Excerpt, Markup]]:
    """What the test is about in the code of a few members, each time other code."""
    asked = (
        select(Submission)
        .options(joinedload(Submission.assignment), joinedload(Submission.user), *TOTALS)
        .where(Submission.id.in_([each.submission_id for each in members[:_MOST_READ]]))
        .order_by(Submission.id)
    )
    found: dict[str, tuple[Submission, Excerpt, Markup]] = {}
    for submission in reading().scalars(asked):
        if len(found) == _MOST_EXCERPTS:
            break
        try:
            excerpt = excerpts.find(code.files(submission), group.title, f"{group.message}\n{group.text}")
        except Told:
            continue
        if excerpt is not None:
            found.setdefault(excerpt.text, (submission, excerpt, coloured(excerpt.text)))
    return list(found.values())


def _page(seat: Seat, assignment: Assignment, group: Group, typed: str = "", trouble: str = "") -> str:
    members = error_groups.members(reading(), assignment, seat.reach, group)
    readers = _readers(assignment, members)
    shown = paging(len(members), _PAGE)
    return render_template(
        "error_group.html",
        seat=seat,
        assignment=assignment,
        group=group,
        verdict=CATALOGUE[group.verdict],
        members=shown.of(members),
        found=shown.total,
        paging=shown,
        excerpts=_excerpts(group, members) if members else [],
        graded=error_groups.graded(reading(), assignment, seat.reach),
        replies=error_groups.replies(reading(), assignment, seat.reach, group),
        readers=readers,
        later=any(each.visibility != "always" for each in readers),
        longest=comments.LONGEST,
        typed=typed,
        trouble=trouble,
    )


def _group(seat: Seat, assignment: Assignment, key: str) -> Group:
    return error_groups.group(reading(), assignment, seat.reach, key) or not_found()


def _readers(assignment: Assignment, members: Sequence[Member]) -> list[Member]:
    """Those of the members who see the test now or will once the deadline has passed: they read what is said at it."""
    seen = ("always",) if assignment.due_at is None else ("always", "after_due")
    return [each for each in members if each.visibility in seen]
