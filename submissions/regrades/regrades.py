"""Regrades: a suite run over many submissions in the shadow, reviewed, and only then published. A regrade's life:

1. -> running              `begin`: one grading in the shadow for each chosen submission, queued behind every upload.
2. running <-> paused      `pause`, `go_on`: its waiting gradings may (not) be claimed.
3. running -> review       `advance`: all of them are done. First those whose outcome changed run a second time, so that
                           a test which does not always say the same is seen before a student's score moves.
4. review -> published     `publish`: its gradings count, all or only of students whose score does not fall; so does
                           its suite.
5. published -> reverted   `revert`: what counted before counts again.
6. running, paused, review -> discarded
                           `discard`: nothing of it will ever count.

Each is one transaction that holds the regrade's row and leaves a line in the audit log. A grading is never overwritten:
what counts is a query (`submissions.scores.counting`), and publishing only takes gradings out of the shadow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Exists, exists, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from submissions.gradings import lifecycle
from submissions.gradings.lifecycle import Waiting
from submissions.models import (
    UNDER_WAY,
    Assignment,
    Grading,
    Phase,
    Queue,
    Regrade,
    State,
    Suite,
    User,
    now,
)
from submissions.people.reach import WHOLE
from submissions.regrades import moves, outcomes, regrade_sets
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.standing import OPEN, held_by
from submissions.scores import counting
from submissions.scores.error_groups import Group
from submissions.storage import audit
from submissions.storage.database import Database, parts
from submissions.suites import checked, courses

LONGEST_REASON = 1000
"""Characters of a regrade's reason."""

_SWEEPER = "sweeper"


class CannotRegrade(Exception):
    """This regrade cannot begin or move as asked; the message says why, and what to do."""


class Release(StrEnum):
    """Whose new gradings are published: everybody's, or of the students whose score does not fall."""

    ALL = "all"
    NO_FALLS = "no_falls"


def begin(
    session: Session,
    assignment: Assignment,
    suite: Suite,
    chosen: Chosen,
    reason: str,
    by: User,
    *,
    task: str = "",
    login: str = "",
    alike: Group | None = None,
    address: str = "",
) -> Regrade:
    """A new regrade with its gradings, queued; the sweeper wakes workers for them. Raises CannotRegrade.

    `task` goes with Chosen.FAILING, `login` with Chosen.STUDENT and `alike` with Chosen.ALIKE.
    """
    if not reason.strip():
        raise CannotRegrade("Say why: students whose score changes read it.")
    if len(reason) > LONGEST_REASON:
        raise CannotRegrade(f"The reason has {len(reason):,} characters; up to {LONGEST_REASON:,} are kept.")
    assignment = _locked(session, assignment.id)
    other = session.scalar(select(Regrade.id).where(Regrade.assignment_id == assignment.id, Regrade.phase.in_(OPEN)))
    if other is not None:
        raise CannotRegrade(f"Regrade {other} of this assignment is not decided yet: publish or discard it first.")
    if chosen is Chosen.ALIKE and alike is None:
        raise CannotRegrade("Choose a group: “Error groups” lists who fails alike.")
    words = regrade_sets.in_words(chosen, task, login, alike)
    rows = session.execute(regrade_sets.submissions_of(assignment, chosen, task, login, alike)).all()
    if not rows:
        raise CannotRegrade(f"No submission was found: {words}.")
    regrade = Regrade(
        assignment_id=assignment.id,
        suite_id=suite.id,
        former_suite_id=assignment.suite_id,
        chosen=words,
        reason=reason.strip(),
        by_id=by.id,
    )
    session.add(regrade)
    session.flush()
    _queue(session, regrade, [(row.submission_id, row.grading_id) for row in rows], again=False)
    detail = {"tests": _short(suite), "chosen": words, "submissions": len(rows), "reason": regrade.reason}
    _record(session, regrade, by.login, "regrade.begin", detail, address)
    return regrade


def pause(session: Session, regrade_id: int, by: User, address: str = "") -> None:
    """Gradings that run come to their end; no other one begins. Raises CannotRegrade."""
    _move(session, regrade_id, (Phase.RUNNING,), Phase.PAUSED, by.login, address)


def go_on(session: Session, regrade_id: int, by: User, address: str = "") -> None:
    """Goes on after a pause. Raises CannotRegrade."""
    _move(session, regrade_id, (Phase.PAUSED,), Phase.RUNNING, by.login, address)


def discard(session: Session, regrade_id: int, by: User, address: str = "") -> None:
    """Gives the regrade up: what waits is not graded, and what was graded never counts. Raises CannotRegrade."""
    regrade = _in_phase(session, regrade_id, OPEN)
    regrade.phase, regrade.ended_at = Phase.DISCARDED, now()
    detail = {
        "tests": _short(regrade.suite),
        "chosen": regrade.chosen,
        "not graded": lifecycle.drop(session, regrade_id),
    }
    _record(session, regrade, by.login, "regrade.discarded", detail, address)


def advance(db: Database) -> list[int]:
    """Brings running regrades whose gradings are all done to their second runs or to their review; returns the latter.

    Asked by the sweeper, again and again.
    """
    with db.read() as session:
        running = select(Regrade.id).where(Regrade.phase == Phase.RUNNING)
        done = session.scalars(running.where(~_still_waits(Regrade.id).correlate(Regrade))).all()
    ready = []
    for regrade_id in done:
        with db.write() as session:
            regrade = _current(session, regrade_id)
            # Another sweeper may have been here since, and have queued second runs.
            if regrade.phase != Phase.RUNNING or session.scalar(select(_still_waits(regrade_id))):
                continue
            changed = session.execute(outcomes.to_confirm(regrade_id)).all()
            if changed:
                _queue(session, regrade, [(row.submission_id, row.replaces_id) for row in changed], again=True)
                continue
            regrade.phase = Phase.REVIEW
            _record(session, regrade, _SWEEPER, "regrade.review", {}, "")
            ready.append(regrade_id)
    return ready


def publish(
    session: Session, regrade_id: int, release: Release, by: User, address: str = "", seen: str | None = None
) -> int:
    """From now on the regrade's gradings count, and its suite grades uploads; returns how many. Raises CannotRegrade.

    Of two runs that differ, the better one counts: that the tests do not always say the same is not the student's
    fault. What ended as a fault of the grader changes nothing. `seen` is as for `courses.publish`.
    """
    regrade = _in_phase(session, regrade_id, (Phase.REVIEW,))
    assignment = _locked(session, regrade.assignment_id)
    effects = moves.of(session, regrade, WHOLE)
    held = moves.falling(effects) if release is Release.NO_FALLS else set()
    counted = list({each.new.id: None for each in effects if each.new is not None and each.student.id not in held})
    try:
        former = courses.publish(session, assignment.id, regrade.suite, by.login, seen=seen)
    except (checked.NotChecked, courses.PublishedMeanwhile) as reason:
        raise CannotRegrade(str(reason)) from None
    for part in parts(counted):
        session.execute(
            update(Grading)
            .where(Grading.id.in_(part))
            .values(shadow=False)
            .execution_options(synchronize_session=False)
        )
    regrade.phase, regrade.ended_at, regrade.published_by_id = Phase.PUBLISHED, now(), by.id
    regrade.released, regrade.held = release.value, sorted(held)
    regrade.former_suite_id = former.id if former is not None else None
    detail = {
        "release": _RELEASED[release],
        "before": {"tests": _short(former)},
        "after": {"tests": _short(regrade.suite)},
        "chosen": regrade.chosen,
        **_counts(each for each in effects if each.student.id not in held),
        "held back": sum(each.counts for each in effects if each.student.id in held),
    }
    _record(session, regrade, by.login, "regrade.published", detail, address)
    return len(counted)


def revert(session: Session, regrade_id: int, by: User, address: str = "") -> None:
    """Takes a publication back: the suite, its handout and the gradings of before count again. Raises CannotRegrade.

    Whether these tests and their handout are still there is the caller's to check (`courses.gone`).
    """
    regrade = _in_phase(session, regrade_id, (Phase.PUBLISHED,))
    assignment = _locked(session, regrade.assignment_id)
    later = session.scalar(
        select(Regrade)
        .where(
            Regrade.assignment_id == assignment.id,
            Regrade.phase.in_((*OPEN, Phase.PUBLISHED)),
            Regrade.id > regrade_id,
        )
        .order_by(Regrade.id.desc())
    )
    if later is not None and later.phase != Phase.PUBLISHED:
        raise CannotRegrade(f"Regrade {later.id} has begun since, and replaces scores of this one: decide it first.")
    if later is not None:
        raise CannotRegrade(f"Regrade {later.id} was published after this one: take that back first.")
    if assignment.suite_id != regrade.suite_id:
        raise CannotRegrade("Another suite was published since. Publish a regrade with the suite that should count.")
    effects = moves.of(session, regrade, WHOLE)
    session.execute(
        update(Grading)
        .where(Grading.regrade_id == regrade_id)
        .values(shadow=True)
        .execution_options(synchronize_session=False)
    )
    courses.give(session, assignment, regrade.former_suite_id)
    regrade.phase = Phase.REVERTED
    detail = {
        "before": {"tests": _short(regrade.suite)},
        "after": {"tests": _short(regrade.former_suite)},
        "chosen": regrade.chosen,
        "release": _RELEASED[Release(regrade.released)],
        "taken back": _counts(effects),
        "held back": len(regrade.held),
    }
    _record(session, regrade, by.login, "regrade.reverted", detail, address)


def retry(session: Session, regrade_id: int, by: User, address: str = "") -> int:
    """Grades again what ended as a fault of the grader; returns how many. Raises CannotRegrade."""
    regrade = _in_phase(session, regrade_id, (Phase.REVIEW,))
    faulty = session.execute(
        select(Grading.submission_id, Grading.replaces_id).where(
            Grading.id.in_(outcomes.first_runs(regrade_id)), Grading.state == State.FAULT
        )
    ).all()
    if not faulty:
        raise CannotRegrade("Nothing of it ended as a fault of the grader.")
    regrade.phase = Phase.RUNNING
    _queue(session, regrade, [(row.submission_id, row.replaces_id) for row in faulty], again=False)
    detail = {"tests": _short(regrade.suite), "chosen": regrade.chosen, "graded again": len(faulty)}
    _record(session, regrade, by.login, "regrade.retry", detail, address)
    return len(faulty)


def grade_again(session: Session, grading: Grading) -> Waiting | None:
    """`lifecycle.grade_again` of what still speaks for its submission; None: something newer does, and stands.

    Raises CannotRegrade where a regrade has the submission: a newer grading would speak in place of the regrade's once
    that is published, by the tests that it replaced.
    """
    # No regrade begins or is published before the commit.
    assignment = _locked(session, grading.submission.assignment_id)
    if counting.speaking(grading.submission) is not grading:
        return None
    holds = held_by(session, [grading.submission_id]).get(grading.submission_id)
    if holds is not None:
        raise CannotRegrade(
            f"Regrade {holds} of {assignment.title} grades this hand-in again: what it gets counts once that is "
            "published. Publish or discard it first; if the fault still stands then, grade it again."
        )
    return lifecycle.grade_again(session, grading.id)


def _still_waits(regrade_id: int | InstrumentedAttribute[int]) -> Exists:
    return exists().where(Grading.regrade_id == regrade_id, Grading.state.in_(UNDER_WAY))


def _current(session: Session, regrade_id: int) -> Regrade:
    """The regrade as it is now, whatever the session has read of it, which nobody else changes before the commit."""
    return session.get_one(Regrade, regrade_id, with_for_update=True, populate_existing=True)


def _locked(session: Session, assignment_id: int) -> Assignment:
    """The assignment as it is now, which nobody else changes before the commit."""
    return session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)


def _queue(session: Session, regrade: Regrade, submissions: Sequence[tuple[int, int | None]], *, again: bool) -> None:
    rows = [
        {
            "submission_id": submission_id,
            "suite_id": regrade.suite_id,
            "regrade_id": regrade.id,
            "replaces_id": replaces_id,
            "shadow": True,
            "again": again,
            "queue": Queue.REGRADE,
        }
        for submission_id, replaces_id in submissions
    ]
    session.execute(insert(Grading), rows)


def _move(session: Session, regrade_id: int, phases: Sequence[Phase], to: Phase, actor: str, address: str) -> None:
    regrade = _in_phase(session, regrade_id, phases)
    regrade.phase = to
    _record(session, regrade, actor, f"regrade.{to.value}", {}, address)


def _in_phase(session: Session, regrade_id: int, phases: Sequence[Phase]) -> Regrade:
    """The regrade as `_current` gives it. Raises CannotRegrade where it is in none of the phases."""
    regrade = _current(session, regrade_id)
    if regrade.phase not in phases:
        raise CannotRegrade(f"Regrade {regrade_id} is {_PHASES[Phase(regrade.phase)]}, so this cannot be done.")
    return regrade


def _counts(effects: Iterable[moves.Effect]) -> dict[str, int]:
    """How many students' scores move in which way."""
    counted = [each.move for each in effects if each.counts]
    return {word: counted.count(move) for move, word in _MOVES.items()}


def _short(suite: Suite | None) -> str:
    return suite.hash[:10] if suite is not None else "none"


_MOVES = {
    moves.Move.RISES: "rise",
    moves.Move.FALLS: "fall",
    moves.Move.STAYS: "stay",
    moves.Move.FAULT: "faults of ours",
}

_RELEASED = {Release.ALL: "for all", Release.NO_FALLS: "where no score falls"}

_PHASES = {
    Phase.RUNNING: "running",
    Phase.PAUSED: "paused",
    Phase.REVIEW: "waiting for its review",
    Phase.PUBLISHED: "published already",
    Phase.DISCARDED: "discarded",
    Phase.REVERTED: "taken back",
}


def _record(session: Session, regrade: Regrade, actor: str, action: str, detail: dict[str, Any], address: str) -> None:
    assignment = session.get_one(Assignment, regrade.assignment_id)
    record = f"regrade {regrade.id} of {assignment.slug}"
    audit.record(session, actor, action, record, detail, address, course_id=assignment.course_id)
