"""Every attack of the corpus gets what its honest part earns, reaches nothing, and leaves nothing: the short form.

A family is handed in at once, so that each attack meets what the one before it may have left; what takes its whole time
limit is left to `make attacks`, which tries all of them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.sandbox.root import build
from tests.attacks.archives import ARCHIVES
from tests.attacks.attack import CORPUS, DISARMED, Attack, corpus
from tests.attacks.ground import Ground
from tests.attacks.on_host import on_host
from tests.attacks.one_process import Outcome, one_process

ATTACKS = corpus()
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


def test_every_archive_has_its_expectation():
    assert {attack.name for attack in ATTACKS if attack.family == "archives"} == set(ARCHIVES)


def test_no_file_of_the_corpus_can_be_taken_up_by_a_tool():
    armed = {file for pattern in ARMED for file in CORPUS.rglob(pattern) if file.suffix != DISARMED}
    assert {file for file in armed if file.name != "expect.toml"} == set()
