"""What staff say about a submission, sorted by where it is shown; and the button that takes it back.

What is said at a test is shown with that test and to nobody who may not see the test yet, also where the hand-in was
graded again since by tests without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from submissions.models import Comment, Grading, Submission
from submissions.talk import comments
from web.frame.access import Seat, for_staff_with_submission
from web.frame.context import portal
from web.frame.errors import not_found
from web.results import answers, outcome
from web.words import wording

blueprint = Blueprint("comments", __name__, url_prefix="/submissions/<id:submission>/comments")


class Place(msgspec.Struct, frozen=True):
    """Where something is said, in words, with the address at which it stands, and how many comments there are."""

    words: str
    address: str
    number: int


class Form(msgspec.Struct, frozen=True):
    """The form at a line or a cell, from 1: what was typed and could not be taken, and why not."""

    line: int = 0
    text: str = ""
    trouble: str = ""


class Said(msgspec.Struct, frozen=True):
    """What a reader may read of a submission's comments: on all of it, at tests, and how many in which file."""

    whole: tuple[Comment, ...]
    at_tests: dict[str, list[Comment]]
    in_files: Counter[str]
    places: tuple[Place, ...]

    @property
    def number(self) -> int:
        """How many comments there are in all."""
        return sum(place.number for place in self.places)


def shown(submission: Submission, found: Sequence[Comment], grading: Grading | None, reader: outcome.Reader) -> Said:
    """The comments by where they stand. One at a test that the grading does not have stands with those on the whole."""
    comments_read = readable(submission, found, grading, reader)
    titles = {each.test: each.title for each in grading.tests} if grading is not None and comments_read else {}
    at_tests: dict[str, list[Comment]] = {}
    for each in comments_read:
        if each.test in titles:
            at_tests.setdefault(each.test, []).append(each)
    whole = tuple(each for each in comments_read if not each.path and each.test not in at_tests)
    lines = Counter((each.path, each.line or 1) for each in comments_read if each.path)
    here = url_for("submissions.page", submission=submission.id)
    places = [
        *([Place("on the whole hand-in", f"{here}#comments", len(whole))] if whole else []),
        *(
            Place(f"at “{titles[test]}”", f"{here}#test-{wording.anchor(test)}", len(at_tests[test]))
            for test in at_tests
        ),
        *(
            Place(_in_words(path, line), address(submission, path, line), lines[path, line])
            for path, line in sorted(lines)
        ),
    ]
    return Said(whole, at_tests, Counter(each.path for each in comments_read if each.path), tuple(places))


def readable(
    submission: Submission, found: Iterable[Comment], grading: Grading | None, reader: outcome.Reader
) -> list[Comment]:
    """Those that this reader may read now."""
    return [each for each in found if not each.test or _test_is_visible(each.test, submission, grading, reader)]


def _test_is_visible(test: str, submission: Submission, grading: Grading | None, reader: outcome.Reader) -> bool:
    """By the suite that speaks; where that has no such test, by all that ever graded the hand-in and have it."""
    said = _visibilities(test, [grading] if grading is not None else []) or _visibilities(test, submission.gradings)
    return reader.staff or (bool(said) and all(outcome.visible(each, reader) for each in said))


def _visibilities(test: str, gradings: Iterable[Grading]) -> set[str]:
    return {
        each["visibility"] for grading in gradings for each in grading.suite.manifest["tests"] if each["id"] == test
    }


def by_line(found: Iterable[Comment], path: str) -> dict[int, list[Comment]]:
    """What is said of a file, by line."""
    lines: dict[int, list[Comment]] = {}
    for each in found:
        if each.path == path and each.line is not None:
            lines.setdefault(each.line, []).append(each)
    return lines


def has_cells(path: str) -> bool:
    """A notebook is spoken of by its cells, counted from 1, another file by its lines."""
    return path.lower().endswith(answers.NOTEBOOK)


def address(submission: Submission, path: str, line: int) -> str:
    """Where a line of a hand-in's file, or a cell of a notebook, is shown."""
    if has_cells(path):
        return url_for("documents.page", submission=submission.id, path=path, _anchor=f"cell-{line - 1}")
    return url_for("code.page", submission=submission.id, path=path, _anchor=f"L{line}")


def _in_words(path: str, line: int) -> str:
    # A page numbers a notebook's code cells alone, so that a cell's position would tell nobody which it is.
    return f"in {wording.shown(path)}" if has_cells(path) else f"on line {line} of {wording.shown(path)}"


@blueprint.post("/<id:comment>/withdraw")
@for_staff_with_submission
def withdraw(seat: Seat, submission: Submission, comment: int) -> Response:
    """Takes a comment back: nobody reads it from now on."""
    with portal().database.write() as writing:
        found = comments.withdraw(writing, submission, comment, seat.user, request.remote_addr or "")
        if found is None:
            not_found()
        place = found.path, found.line
    path, line = place
    if path:
        return redirect(address(submission, path, line or 1), code=303)
    return redirect(url_for("submissions.page", submission=submission.id, _anchor="comments"), code=303)
