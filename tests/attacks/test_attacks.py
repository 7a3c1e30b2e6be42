"""Every attack of the corpus gets what its honest part earns, reaches nothing, and leaves nothing: the short form.

A family is handed in at once, so that each attack meets what the one before it may have left; what takes its whole time
limit is left to `make attacks`, which tries all of them one by one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from grader.sandbox.root import build
from submissions.people import people
from submissions.storage.database import Database
from tests.attacks import ground
from tests.attacks.__main__ import REPORT
from tests.attacks.archives import ARCHIVES
from tests.attacks.attack import CORPUS, DISARMED, Attack, Expectation, corpus, tar
from tests.attacks.canaries import PLACES
from tests.attacks.ground import Ground
from tests.attacks.on_host import FIRST_UID, on_host
from tests.attacks.one_process import Outcome, one_process

ATTACKS = corpus()
PROGRAMS = [attack for attack in ATTACKS if attack.family != "archives"]
FAMILIES = sorted({attack.family for attack in ATTACKS})
# Files that tools act on where they find them: none may lie here armed.
ARMED = ("conftest.py", "test_*", "*_test.py", "*.ini", "*.cfg", "*.toml", "*.pth", "*customize.py", "*.pyc", "*.so")


def chosen(family: str) -> list[Attack]:
    return [each for each in ATTACKS if each.family == family and each.possible_here and not each.expect.slow]


@pytest.fixture(scope="module")
def here(sandbox_cache: Path) -> Iterator[Ground]:
    with on_host(sandbox_cache, students=max(len(chosen(family)) for family in FAMILIES)) as here:
        yield here


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.services
@pytest.mark.parametrize("family", FAMILIES)
def test_no_attack_of_a_family_wins_reaches_or_leaves_anything(here, family):
    attacks = chosen(family)
    attempts, aftermath = here.attempt(*attacks)
    complaints = {attack.id: attempt.complaints(attack) for attack, attempt in zip(attacks, attempts, strict=True)}
    complaints[family] = aftermath.complaints()
    assert {name: found for name, found in complaints.items() if found} == {}


class Staged(Attack):
    """An attack that succeeds: while it is handed in, `succeed` does what no hand-in can."""

    def __init__(self, succeed: Callable[[], object]) -> None:
        self.family, self.name, self.expect, self._files = "reading", "staged", Expectation("", score=0), {}
        self._succeed = succeed

    def archive(self) -> bytes:
        self._succeed()
        return tar({})


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.services
def test_whatever_an_attack_reaches_changes_or_leaves_is_found(here, monkeypatch):
    monkeypatch.setattr(ground, "SETTLING_SECONDS", 0.1)
    monkeypatch.setitem(here.undisturbed, "attacked", "what it got before")
    setup, canaries = here.setup, here.canaries.at
    with ExitStack() as stack:

        def succeed() -> None:
            db = Database(setup.database_url)
            stack.callback(db.close)
            with db.write() as session:
                people.create_user(session, "eve", f"Eve {canaries['tests']}")
            log = next((setup.data / "log").iterdir())
            with log.open("a") as file:
                file.write(f"{canaries['environment']} {canaries['reference']} {canaries['a file of the host']}\n")
            with setup.broker() as client:
                client.set("found", canaries["another hand-in"])
                client.set("found too", f"{canaries['database']} {canaries['broker']}")
            (setup.data / "left").touch()
            if os.geteuid() == 0:
                process = subprocess.Popen(["/bin/sleep", "60"], user=FIRST_UID + 1)
                stack.callback(process.wait)
                stack.callback(process.kill)
                file = Path("/var/tmp", f"left-by-{FIRST_UID}")
                file.touch()
                stack.callback(file.unlink)
                os.chown(file, FIRST_UID, FIRST_UID)

        _attempts, aftermath = here.attempt(Staged(succeed))
        (setup.data / "left").unlink()
    found = " | ".join(aftermath.complaints())
    assert aftermath.reached == {*PLACES}
    assert f"left behind: file {setup.data}/left" in found
    assert "the next hand-in (attacked) got graded 10" in found
    if os.geteuid() == 0:
        assert "left behind: process" in found
        assert f"file /var/tmp/left-by-{FIRST_UID} of a sandbox's user" in found


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_ordinary_grader_that_is_compared_with_grades_honest_work_and_can_be_beaten(sandbox_cache):
    by_id = {attack.id: attack for attack in ATTACKS}
    with closing(build(sandbox_cache)) as root, one_process(root) as ordinary:
        assert ordinary.attempt(by_id["patching/numpy_testing"]) is Outcome.FORGED
        assert ordinary.attempt(by_id["reading/by_import"]) is Outcome.READ
        assert ordinary.attempt(by_id["archives/dots"]) is Outcome.CHANGED
        assert ordinary.attempt(by_id["forging/score_on_stdout"]) is Outcome.HELD
        assert ordinary.attempt(by_id["resources/memory"]) is Outcome.NOT_RUN


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_says_what_it_tries_and_what_it_earns(attack):
    assert len(attack.tries) > 15
    assert (attack.expect.score is None) == bool(attack.expect.refused)


@pytest.mark.parametrize("attack", PROGRAMS, ids=lambda attack: attack.id)
def test_an_attack_that_never_ran_would_be_told_from_one_that_held(attack):
    # `passed` and `wrong` are also what a harmless program gets.
    telling = {*attack.expect.verdicts.values()} - {"passed", "wrong"}
    assert attack.expect.refused or attack.expect.says or telling or len(attack.expect.silent) > 15


def test_the_report_lists_the_attacks_of_the_corpus():
    text = REPORT.read_text()
    listed = set()
    for part in text.split("\n## ")[1:]:
        family, _heads, *rows = (line for line in part.splitlines() if line)
        listed |= {f"{family.lower()}/{row.split(' | ')[0].removeprefix('| ').replace(' ', '_')}" for row in rows[1:]}
    # Those for other machines than the report's are not in it.
    assert listed == {attack.id for attack in ATTACKS if attack.expect.only_on in text}


def test_every_archive_has_its_expectation():
    assert {attack.name for attack in ATTACKS if attack.family == "archives"} == set(ARCHIVES)


def test_no_file_of_the_corpus_can_be_taken_up_by_a_tool():
    armed = {file for pattern in ARMED for file in CORPUS.rglob(pattern) if file.suffix != DISARMED}
    # No tool looks for these two.
    assert {file for file in armed if file.name not in ("expect.toml", "answers.toml")} == set()
