"""Short ways through a regrade, over rows alone: nothing is run, each test says what a grading gave."""

from __future__ import annotations

from sqlalchemy import select

from submissions.gradings import lifecycle
from submissions.models import Assignment, Grading, Regrade, State, Submission, Suite, User
from submissions.people.reach import WHOLE
from submissions.regrades import moves, regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.scores import counting
from tests.cast import MANIFEST, report
from tests.checks import passed


class Room:
    """The cast with three graded students, a newer suite, and short ways through a regrade."""

    def __init__(self, cast):
        self.cast, self.db = cast, cast.db
        self.submissions = {
            login: self.graded(login, score) for login, score in (("ada", 10.0), ("bo", 5.0), ("chidi", 15.0))
        }
        with self.db.write() as session:
            suite = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest=MANIFEST)
            session.add(suite)
            session.flush()
            self.newer = passed(session, suite).id

    def graded(self, login, score, minutes=0):
        submission = self.cast.upload(login, minutes=minutes)
        self.finish(self.cast.queued(submission=submission), score)
        return submission

    def finish(self, grading_id, score):
        lease = lifecycle.claim(self.db, grading_id, 30)
        assert lease is not None
        self.record(lease, score)

    def record(self, lease, score):
        assert lifecycle.finish(self.db, lease, report(score))

    def begin(self, chosen=Chosen.COUNTING, **asked):
        with self.db.write() as session:
            regrade = regrades.begin(
                session,
                session.get_one(Assignment, self.cast.assignment_id),
                session.get_one(Suite, self.newer),
                chosen,
                asked.pop("reason", "the bias test was wrong"),
                self.ines(session),
                **asked,
            )
        return regrade.id

    def ines(self, session):
        return session.get_one(User, self.cast.user_ids["ines"])

    def waiting(self, regrade_id):
        with self.db.read() as session:
            return dict(
                session.execute(
                    select(User.login, Grading.id)
                    .join(Submission, Submission.id == Grading.submission_id)
                    .join(User, User.id == Submission.user_id)
                    .where(Grading.regrade_id == regrade_id, Grading.state == State.QUEUED)
                ).all()
            )

    def waiting_by_submission(self, regrade_id):
        with self.db.read() as session:
            waiting = select(Grading.submission_id, Grading.id).where(
                Grading.regrade_id == regrade_id, Grading.state == State.QUEUED
            )
            return dict(session.execute(waiting).all())

    def refuse(self, regrade_id, login):
        lease = lifecycle.claim(self.db, self.waiting(regrade_id)[login], 30)
        assert lifecycle.refuse(self.db, lease, "mytorch/new.py is missing")

    def run(self, regrade_id, scores, second=None, refused_again=()):
        """Grades what waits, and the second runs after it, until the review."""
        for run, each in enumerate((scores, {**scores, **(second or {})})):
            for login, grading_id in self.waiting(regrade_id).items():
                if run and login in refused_again:
                    self.refuse(regrade_id, login)
                else:
                    self.finish(grading_id, each[login])
            if regrades.advance(self.db):
                return

    def effects(self, regrade_id):
        with self.db.read() as session:
            return moves.of(session, session.get_one(Regrade, regrade_id), WHOLE)

    def outcome(self, regrade_id, login):
        """What the student has before and after, and whether two runs differ."""
        (row,) = [each for each in self.effects(regrade_id) if each.student.login == login and each.counts]
        return row.before, row.after, row.unsteady

    def move(self, move, regrade_id, *args):
        with self.db.write() as session:
            return move(session, regrade_id, *args, self.ines(session))

    def phase(self, regrade_id):
        with self.db.read() as session:
            return session.get_one(Regrade, regrade_id).phase

    def scores(self):
        """What counts now, by login."""
        with self.db.read() as session:
            assignment = session.get_one(Assignment, self.cast.assignment_id)
            standings = {
                login: counting.standing(session, assignment, self.cast.user_ids[login]) for login in self.submissions
            }
            return {login: each.counts.total and each.counts.total.score for login, each in standings.items()}

    def published_suite(self):
        with self.db.read() as session:
            return session.get_one(Assignment, self.cast.assignment_id).suite_id
