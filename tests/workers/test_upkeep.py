"""What the sweeper's process does beside its rounds, and the signs of life that parts of the service give."""

from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from submissions.models import Pulse, Submission, now
from submissions.service import pulse
from submissions.service.verify import Outcome
from submissions.settings import Settings
from tests.services import wait_until
from workers import alive
from workers import upkeep as upkeep_module
from workers.upkeep import Upkeep


@pytest.fixture
def upkeep(lived):
    return Upkeep(lived.database, lived.blobs, lived.settings.data, threading.Event())


def said(db) -> Outcome:
    with db.read() as session:
        return msgspec.convert(pulse.last(session, pulse.VERIFICATION).detail, Outcome)


def test_what_a_verification_finds_is_kept_for_the_page(lived, upkeep):
    upkeep.round()
    outcome = said(lived.database)
    assert (outcome.found, outcome.quick, outcome.counts.submissions) == (0, True, 6)
    lived.blob_of(1).unlink()
    upkeep.round()
    outcome = said(lived.database)
    assert outcome.found == len(outcome.findings) == 6
    assert (outcome.findings[0].record, outcome.findings[0].whose) == ("submission 1", "")


def test_one_round_in_many_reads_every_byte(lived, upkeep, monkeypatch):
    monkeypatch.setattr(upkeep_module, "WHOLE", 3)
    file = lived.blob_of(1)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)
    found = []
    for _ in range(3):
        upkeep.round()
        found.append((said(lived.database).quick, bool(said(lived.database).found)))
    assert found == [(True, False), (True, False), (False, True)]


def test_receipts_are_checked_where_the_key_is(lived, upkeep):
    upkeep.round()
    assert said(lived.database).counts.receipts == 6
    with lived.database.write() as session:
        session.execute(update(Submission).where(Submission.id == 1).values(receipt="forged"))
    upkeep.round()
    (finding,) = said(lived.database).findings
    assert (finding.record, finding.seen) == ("submission 1", "its receipt was not signed by this service")


@pytest.mark.parametrize("damage", [lambda key: key.unlink(), lambda key: key.write_bytes(b"half")])
def test_without_a_key_that_can_be_read_the_rest_is_looked_at(lived, upkeep, damage):
    damage(lived.settings.data / "secrets" / "receipt")
    upkeep.round()
    outcome = said(lived.database)
    assert (outcome.found, outcome.counts.submissions, outcome.counts.receipts) == (0, 6, 0)


def test_of_many_findings_some_are_kept_and_all_are_counted(lived, upkeep, monkeypatch):
    monkeypatch.setattr("workers.upkeep._KEPT", 2)
    lived.blob_of(1).unlink()
    upkeep.round()
    outcome = said(lived.database)
    assert (len(outcome.findings), outcome.found) == (2, 6)


def test_a_damaged_record_is_found_and_ends_no_round(lived, upkeep):
    lived.execute("UPDATE suite SET manifest = '{'")
    upkeep.round()
    assert [each.record for each in said(lived.database).findings] == ["suite 1"]


@pytest.mark.parametrize(
    "trouble", [OperationalError("SELECT", {}, OSError("the database is away")), KeyError("a damaged record")]
)
def test_a_round_that_fails_is_not_the_last(upkeep, monkeypatch, trouble):
    rounds = []

    def unreliable():
        rounds.append(True)
        if len(rounds) == 1:
            raise trouble

    monkeypatch.setattr("workers.upkeep.EVERY", 0.01)
    monkeypatch.setattr(upkeep, "round", unreliable)
    upkeep.start()
    wait_until(lambda: len(rounds) >= 3, "rounds go on")
    upkeep._ending.set()
    upkeep.join(10)
    assert not upkeep.is_alive()


def test_workers_that_have_been_silent_for_a_day_are_forgotten_and_nobody_else(lived, upkeep):
    for name in (pulse.worker("old"), pulse.worker("new"), pulse.SWEEPER):
        pulse.beat(lived.database, name)
    with lived.database.write() as session:
        old = Pulse.name.in_([pulse.worker("old"), pulse.SWEEPER])
        session.execute(update(Pulse).where(old).values(at=now() - timedelta(days=2)))
    upkeep.round()
    with lived.database.read() as session:
        assert [each.name for each in pulse.workers(session)] == [pulse.worker("new")]
        assert pulse.last(session, pulse.SWEEPER)


def test_a_worker_says_how_many_gradings_it_runs_and_what_isolates_them(lived):
    table = Settings(data=lived.settings.data, grading_processes=3, _env_file=None)
    layer = {"layer": "seccomp", "level": "PASS", "seen": "loaded", "remedy": ""}
    for _ in range(2):
        alive.beat(table, "celery@here", [layer])
    with lived.database.read() as session:
        (found,) = pulse.workers(session)
    assert found.detail == {"gradings": 3, "sandbox": "nursery", "isolation": [layer]}
    assert now() - found.at < timedelta(minutes=1)


def test_a_database_that_is_away_does_not_end_a_worker(tmp_path):
    table = Settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'no folder' / 'x'}", _env_file=None)
    alive.beat(table, "celery@here", [])
