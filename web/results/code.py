"""A file of a hand-in line by line, with what staff say about its lines. It is a student's, and shown as text alone."""

from __future__ import annotations

import hashlib
import json

import msgspec
from flask import Blueprint, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from submissions.models import Comment, Submission
from submissions.talk import comments
from web.frame.access import Seat, for_owner_or_staff, for_staff_with_submission
from web.frame.context import portal, reading
from web.frame.errors import Told, not_found
from web.rendering import code
from web.results import contents, written
from web.results.comments import Form, address, by_line, has_cells
from web.results.keeping import Keeper
from web.words import typed

blueprint = Blueprint("code", __name__, url_prefix="/submissions/<id:submission>/code")

MOST_CHARACTERS = 200_000
"""Of one file that are shown; a hand-in's own code is far below."""

MOST_LINES = 4_000

_PYTHON = ".py"
_PATHS = Keeper(4_000_000)
"""Of hand-ins, by a name made of all that decides which they are."""


class Line(msgspec.Struct, frozen=True):
    """One line, with what is said of it."""

    number: int
    code: Markup
    said: tuple[Comment, ...]


class Source(msgspec.Struct, frozen=True):
    """A file as lines. `trouble` says why there are none; `left_out` lines are not shown."""

    lines: tuple[Markup, ...] = ()
    left_out: int = 0
    trouble: str = ""


@blueprint.get("/<path:path>")
@for_owner_or_staff
def page(seat: Seat, submission: Submission, path: str) -> str:
    """The file; for staff with `line`, the form for a comment on that line."""
    return _page(seat, submission, path, Form(request.args.get("line", 0, type=int) if seat.staff else 0))


@blueprint.post("/<path:path>")
@for_staff_with_submission
def say(seat: Seat, submission: Submission, path: str) -> Response | tuple[str, int]:
    """Adds a comment on a line. What cannot be taken is told beside what was typed."""
    source = _source(submission, path)
    line, text = request.form.get("line", 0, type=int), typed.lines(request.form.get("text", ""))
    try:
        if not 0 < line <= len(source.lines):
            raise comments.BadComment(f"The lines of this file that can be spoken of go from 1 to {len(source.lines)}.")
        with portal().database.write() as writing:
            told = request.remote_addr or ""
            comments.say(writing, submission, text, seat.user, path=path, line=line, address=told)
    except comments.BadComment as error:
        return _page(seat, submission, path, Form(line, text, str(error)), source), 422
    return redirect(address(submission, path, line), code=303)


def files(submission: Submission) -> dict[str, bytes]:
    """A hand-in's files by path, those first that the assignment expects.

    Raises web.frame.errors.Told when the store has lost them.
    """
    expected = _expected(submission)
    # `contents` arranges them: what is expected stands where the assignment puts it.
    named = [path.strip() for entry in expected for path in entry.split("|")]
    found = contents.files(submission, expected)
    order = sorted(found, key=lambda path: (named.index(path) if path in named else len(named), path))
    return {path: found[path] for path in order}


def paths(submission: Submission) -> tuple[str, ...]:
    """The paths of a hand-in's `files`, in their order; none where the file cannot be read."""
    name = hashlib.sha256(json.dumps([submission.blob, _expected(submission)]).encode()).hexdigest()
    try:
        return _PATHS.get(name, lambda: tuple(files(submission)))
    except Told:
        return ()


def _page(seat: Seat, submission: Submission, path: str, form: Form, source: Source | None = None) -> str:
    source = _source(submission, path) if source is None else source
    said = by_line(comments.standing(reading(), submission.id), path)
    lines = [Line(n, drawn, tuple(said.pop(n, ()))) for n, drawn in enumerate(source.lines, 1)]
    return render_template(
        "code.html",
        seat=seat,
        submission=submission,
        path=path,
        source=source,
        lines=lines,
        # Of lines that are not shown, or that the file does not have as this suite arranges the hand-in.
        elsewhere=[each for number in sorted(said) for each in said[number]],
        form=form,
        longest=comments.LONGEST,
    )


def _source(submission: Submission, path: str) -> Source:
    if has_cells(path):
        not_found()
    found = files(submission)
    if path not in found:
        if not comments.has_spoken_of(reading(), submission.id, path):
            not_found()
        # The comments stay where they were made, whatever other tests make of the hand-in since.
        return Source(trouble="the tests that grade this hand-in now have no file of this name in it")
    try:
        text = found[path].decode()
    except UnicodeDecodeError:
        return Source(trouble="it is no text")
    if not text:
        return Source(trouble="it is empty")
    if "\0" in text:
        return Source(trouble="it is no text")
    text = text.removesuffix("\n")
    lines = code.by_line(text[:MOST_CHARACTERS], "python" if path.endswith(_PYTHON) else "")[:MOST_LINES]
    return Source(tuple(lines), text.count("\n") + 1 - len(lines))


def _expected(submission: Submission) -> list[str]:
    suite = written.suite_of(submission)
    return suite.manifest["files"] if suite is not None else []
