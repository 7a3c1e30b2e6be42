"""States as pages show them: a symbol and a word, with a tone that only repeats them."""

from __future__ import annotations

import msgspec

from grader.checking import Result
from submissions.models import Grading, Phase, State, Submission
from submissions.scores.counting import past_due
from submissions.talk.requests import Outcome
from web.words import times, wording


class Chip(msgspec.Struct, frozen=True):
    """A state on a page. `tone` is one of the stylesheet's: good, bad, warn, busy, or none."""

    symbol: str
    word: str
    tone: str = ""


NOT_HANDED_IN = Chip("○", "not handed in")
NOT_OPEN = Chip("○", "not open yet")
NO_TESTS = Chip("○", "tests not published", "warn")
TAKES = Chip("✓", "takes hand-ins", "good")
EXCUSED = Chip("⊖", "excused", "good")
DECIDED = Chip("✎", "decided by staff")
COUNTS = Chip("★", "counts", "good")
LATE = Chip("⚑", "late", "warn")
ON_TIME = Chip("✓", "on time", "good")
LEFT = Chip("⊘", "left the course")
REGRADED = Chip("↻", "regraded", "busy")
UNSEEN = Chip("‖", "graded, score not shown yet", "busy")
SO_FAR = Chip("…", "not all graded by hand", "busy")
HELD = Chip("‖", "points by hand not released", "busy")

GRADING = {
    State.QUEUED: Chip("◷", "waiting", "busy"),
    State.RUNNING: Chip("◐", "grading", "busy"),
    State.GRADED: Chip("✓", "graded", "good"),
    State.REFUSED: Chip("⊘", "refused", "bad"),
    State.FAULT: Chip("⚙", "our fault", "warn"),
    State.SUPERSEDED: Chip("↷", "replaced by a newer upload"),
}

GIVEN_UP = Chip("⊘", "not graded: the regrade was discarded")

REGRADE = {
    Phase.RUNNING: Chip("◐", "grading", "busy"),
    Phase.PAUSED: Chip("‖", "paused", "warn"),
    Phase.REVIEW: Chip("◉", "to be reviewed", "warn"),
    Phase.PUBLISHED: Chip("★", "published", "good"),
    Phase.DISCARDED: Chip("⊘", "discarded"),
    Phase.REVERTED: Chip("↶", "taken back"),
}

REQUEST = {
    "": Chip("◷", "waits for an answer", "busy"),
    Outcome.ACCEPTED: Chip("✓", "accepted", "good"),
    Outcome.DECLINED: Chip("⊘", "declined", "bad"),
    Outcome.ANSWERED: Chip("✉", "answered"),
    Outcome.WITHDRAWN: Chip("↶", "withdrawn"),
}

NOT_CHECKED = Chip("○", "not checked", "warn")
WAITS_FOR_A_CHECK = Chip("◷", "waiting for a worker", "busy")
BEING_CHECKED = Chip("◐", "being checked", "busy")


def of_grading(grading: Grading | None) -> Chip:
    """Where a submission's grading is; its first one may not have been made yet."""
    if grading is not None and grading.state == State.SUPERSEDED and grading.regrade_id is not None:
        return GIVEN_UP
    return GRADING[State(grading.state) if grading is not None else State.QUEUED]


def of_check(found: Result) -> Chip:
    """What a check of a suite found."""
    if not found.ready:
        return Chip("✗", f"{len(found.errors)} to mend", "bad")
    return Chip("✓", "nothing to mend", "good")


def lateness(submission: Submission) -> Chip | None:
    """On time by the student's own deadline, or late, by how much, and what that takes; None without a deadline."""
    received_at, due_at = submission.received_at, submission.due_at
    if due_at is None:
        return None
    if not past_due(due_at, received_at):
        return ON_TIME
    takes = f", {wording.points(submission.penalty)} % off" if submission.penalty else ""
    return Chip(LATE.symbol, f"late by {times.span(received_at - due_at)}{takes}", "warn")
