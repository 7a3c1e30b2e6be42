"""Whatever order moves come in, by however many late workers, the rows follow a model of a few lines."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from submissions import models
from submissions.gradings import lifecycle
from submissions.models import FINAL, Alert, Grading, Progress, State
from submissions.storage.database import Database
from tests.cast import Cast, report

ATTEMPTS = 3


def machine(pattern: Path) -> type[RuleBasedStateMachine]:
    """The machine's class; each run of it works on a copy of the migrated file `pattern`."""

    class Life(RuleBasedStateMachine):
        leases = Bundle("leases")

        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory()
            file = Path(self.folder.name, "handin.sqlite3")
            shutil.copyfile(pattern, file)
            self.db = Database(f"sqlite:///{file}")
            self.cast = Cast(self.db)
            self.state: dict[int, State] = {}
            self.attempt: dict[int, int] = {}
            self.holder: dict[int, str] = {}
            self.score: dict[int, float] = {}

        def teardown(self) -> None:
            self.db.close()
            self.folder.cleanup()

        @rule(login=st.sampled_from(["ada", "bo"]))
        def upload(self, login):
            """A newer upload: the same student's waiting ones are superseded."""
            submission = self.cast.upload(login)
            with self.db.write() as session:
                lifecycle.supersede(session, session.get_one(models.Submission, submission))
            for grading_id, state in self.state.items():
                if state is State.QUEUED and self.login(grading_id) == login:
                    self.state[grading_id] = State.SUPERSEDED
            grading_id = self.cast.queued(submission=submission)
            self.state[grading_id], self.attempt[grading_id] = State.QUEUED, 0

        def login(self, grading_id):
            with self.db.read() as session:
                return session.get_one(Grading, grading_id).submission.user.login

        @rule(target=leases, data=st.data())
        def claim(self, data):
            """A wake-up for any grading there ever was."""
            if not self.state:
                return None
            grading_id = data.draw(st.sampled_from(sorted(self.state)))
            lease = lifecycle.claim(self.db, grading_id, 30)
            assert (lease is not None) == (self.state[grading_id] is State.QUEUED)
            if lease is not None:
                self.state[grading_id] = State.RUNNING
                self.attempt[grading_id] += 1
                self.holder[grading_id] = lease.token
                assert lease.attempt == self.attempt[grading_id]
            return lease

        def holds(self, lease):
            return self.holder.get(lease.grading_id) == lease.token

        def let_go(self, lease, state):
            del self.holder[lease.grading_id]
            self.state[lease.grading_id] = state

        @rule(lease=leases)
        def heartbeat(self, lease):
            if lease is not None:
                assert lifecycle.progress(self.db, lease, ()) == self.holds(lease)

        @rule(lease=leases, score=st.sampled_from([0.0, 10.0, 15.0]))
        def finish(self, lease, score):
            if lease is None:
                return
            held = self.holds(lease)
            assert lifecycle.finish(self.db, lease, report(score)) == held
            if held:
                self.let_go(lease, State.GRADED)
                self.score[lease.grading_id] = score

        @rule(lease=consumes(leases))
        def refuse(self, lease):
            if lease is None:
                return
            held = self.holds(lease)
            assert lifecycle.refuse(self.db, lease, "no") == held
            if held:
                self.let_go(lease, State.REFUSED)

        @rule(lease=leases)
        def fault(self, lease):
            if lease is None:
                return
            held = self.holds(lease)
            assert lifecycle.fault(self.db, lease, "broken", ATTEMPTS) == held
            if held:
                self.let_go(lease, State.QUEUED if lease.attempt < ATTEMPTS else State.FAULT)

        @rule()
        def all_workers_die_and_the_sweeper_comes(self):
            with self.db.write() as session:
                for grading in session.scalars(select(Grading).where(Grading.state == State.RUNNING)):
                    grading.lease_until -= timedelta(seconds=60)
            for grading_id in list(self.holder):
                del self.holder[grading_id]
                tries_left = self.attempt[grading_id] < ATTEMPTS
                self.state[grading_id] = State.QUEUED if tries_left else State.FAULT
            lifecycle.sweep(self.db, ATTEMPTS)

        @invariant()
        def the_rows_are_as_the_model_says(self):
            with self.db.read() as session:
                rows = {row.id: row for row in session.scalars(select(Grading))}
                scored = dict(
                    session.execute(
                        select(models.TaskScore.grading_id, func.sum(models.TaskScore.score)).group_by(
                            models.TaskScore.grading_id
                        )
                    ).all()
                )
                alerts = list(session.scalars(select(Alert.grading_id)))
                progress = set(session.scalars(select(Progress.grading_id)))
            assert {grading_id: row.state for grading_id, row in rows.items()} == self.state
            assert {row.id: row.lease_token for row in rows.values() if row.lease_token} == self.holder
            assert {row.id: row.score for row in rows.values() if row.score is not None} == self.score == scored
            assert sorted(alerts) == sorted(each for each, state in self.state.items() if state is State.FAULT)
            assert progress <= set(self.holder)
            assert all(row.attempt <= ATTEMPTS for row in rows.values())
            assert all((row.finished_at is not None) == (row.state in FINAL) for row in rows.values())

    return Life


@pytest.mark.slow
def test_every_order_of_moves_leads_where_the_model_says(sqlite_pattern):
    run_state_machine_as_test(
        machine(sqlite_pattern),
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
