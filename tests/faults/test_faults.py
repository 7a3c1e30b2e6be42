"""The short form of `make faults`: the same trial with fewer hand-ins; and the means of the trial do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from tests.faults.disk import SmallDisk
from tests.faults.handins import Kind, handin
from tests.faults.installation import CLOCK
from tests.faults.report import report
from tests.faults.trial import MISSES, Came, Plan, Result
from tests.faults.watching import Watcher


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Looking is the same on every database."""
    return sqlite_url


KILLED = ("portal killed", "worker killed", "Redis killed")
# The trial fails when one of them has not come.
SHORT = {
    "sqlite": (*KILLED, "worker stopped past its lease", "Redis emptied (FLUSHALL)"),
    "postgresql": (*KILLED, "PostgreSQL shut down at once"),
}


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.parametrize("on", SHORT)
def test_nothing_is_lost_twice_changed_or_left_whatever_dies(on):
    words = ["--on", on, "--handins", "6", "--students", "20", "--every", "0.2", "--each", "1"]
    words += [word for trouble in SHORT[on] for word in ("--trouble", trouble)]
    done = subprocess.run([sys.executable, "-m", "tests.faults", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_trouble_that_hits_too_seldom_keeps_the_trial_going_until_it_never_will():
    came = Came(Counter({"portal killed": 3, "worker killed": 4}), Counter({"portal killed": 3, "worker killed": 2}))
    assert not came.enough(3)
    came.times["worker killed"] = 3 * MISSES
    assert came.enough(3)


def test_a_look_that_could_not_see_everything_is_not_completed(cast, sqlite_url):
    watcher = Watcher(sqlite_url)
    cast.queued()
    watcher.look()
    assert (watcher.completed, watcher.begun, watcher.waiting) == (1, 1, 1)
    with cast.db.write() as session:
        session.execute(text("ALTER TABLE grading RENAME TO away"))
    watcher.look()
    assert (watcher.completed, watcher.begun, watcher.waiting) == (1, 2, 1)
    watcher.stop()


def test_a_report_says_what_was_checked_and_what_hit_too_seldom_and_is_of_one_seed():
    plan = Plan(on="sqlite", handins=9, students=5, every=0.5, seed=1, minutes=1, each=1, troubles=[])
    result = Result(
        plan,
        60.0,
        {"portal killed": 1, "worker killed": 0},
        [],
        12,
        9,
        2,
        1,
        0,
        9,
        {"graded": 7, "superseded": 2},
        0,
        1,
        0,
        0,
        [],
    )
    assert "| checked scores | 7 of 9 | 7 of 9 |" in report([result, result])
    assert result.seldom == ["worker killed: hit 0 times, not 1"]
    other = msgspec.structs.replace(result, plan=msgspec.structs.replace(plan, on="postgresql", seed=2))
    with pytest.raises(ValueError, match="different seeds"):
        report([result, other])


def test_the_clock_of_the_program_moves_and_the_machines_does_not(tmp_path):
    off_by = tmp_path / "clock"
    off_by.write_text("-7200")
    program = "import time, submissions.models as m; print(m.now().timestamp(), m.Submission.received_at, time.time())"
    environment = {**os.environ, "PYTHONPATH": str(CLOCK), "FAULTS_CLOCK": str(off_by)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    program_time, _column, machine_time = done.stdout.split()
    two_hours_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    assert float(program_time) == pytest.approx(two_hours_ago, abs=60)
    assert float(machine_time) - float(program_time) == pytest.approx(7200, abs=5)


def test_no_two_hand_ins_are_the_same_and_each_is_the_same_again():
    contents = {handin(1, number).content for number in range(200)}
    assert len(contents) == 200
    assert handin(1, 7) == handin(1, 7)
    assert {handin(1, number).kind for number in range(200)} == set(Kind)
    assert {handin(1, number).score for number in range(200)} == {None, *map(float, range(8))}


def test_a_full_disk_takes_nothing_until_it_is_released(tmp_path: Path):
    mount = ["unshare", "--mount", "--propagation", "private", "sh", "-ec"]
    script = f"mount -t tmpfs -o size=4m tmpfs {tmp_path}; exec {sys.executable} -c '{_FILLING}' {tmp_path}"
    if subprocess.run([*mount, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here (it takes root), so no disk can be filled")
    done = subprocess.run([*mount, script], capture_output=True, text=True)
    assert done.stdout.split() == ["28", "10000"], done.stderr


_FILLING = f"""
import pathlib, sys
from {SmallDisk.__module__} import SmallDisk
folder = pathlib.Path(sys.argv[1])
disk, file = SmallDisk(folder, real=True), folder / "file"
disk.fill()
try:
    file.write_bytes(bytes(10_000))
except OSError as error:
    print(error.errno)
disk.release()
print(file.write_bytes(bytes(10_000)))
"""
