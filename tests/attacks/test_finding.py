"""What looks for the successes of attacks finds them: one is staged for each thing that it looks for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from submissions import people
from submissions.database import Database
from tests.attacks import ground
from tests.attacks.attack import Attack, corpus, tar
from tests.attacks.canaries import PLACES, Canaries
from tests.attacks.ground import Attempt, Ground
from tests.attacks.on_host import FIRST_UID, on_host

ATTACK = next(attack for attack in corpus() if attack.id == "reading/by_path")


@pytest.fixture(scope="module")
def here(sandbox_cache: Path) -> Iterator[Ground]:
    with on_host(sandbox_cache, students=1) as here:
        yield here


class Staged(Attack):
    """An attack that succeeds: while it is handed in, `succeed` does what no hand-in can."""

    def __init__(self, succeed: Callable[[], object]) -> None:
        self.family, self.name, self.expect, self._files = ATTACK.family, ATTACK.name, ATTACK.expect, {}
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
                file.write(f"{canaries['environment']}\n")
            with setup.broker() as client:
                client.set("found", canaries["another hand-in"])
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
    assert aftermath.reached == {"tests", "environment", "another hand-in"}
    assert f"left behind: file {setup.data}/left" in found
    assert "the next hand-in (attacked) got graded 10" in found
    if os.geteuid() == 0:
        assert "left behind: process" in found
        assert f"file /var/tmp/left-by-{FIRST_UID} of a sandbox's user" in found


def test_a_canary_is_seen_in_any_text_even_half_of_it():
    canaries = Canaries()
    for place in PLACES:
        assert canaries.seen_in(["nothing", f"a line with {canaries.at[place][:-6]}"]) == {place}
    assert canaries.values_in(f"expected {canaries.weight}") == {"an expected value"}


@pytest.mark.parametrize(
    ("attempt", "complaint"),
    [
        (Attempt("graded", 10, {"test_blend": "passed"}, "looked at", set()), "scored 10 and not 4"),
        (Attempt("graded", 4, {"test_blend": "passed"}, "looked at", set()), "test_blend ended as passed"),
        (Attempt("graded", 4, {"test_blend": "wrong"}, "nothing", set()), "its program did not say"),
        (Attempt("graded", 4, {"test_blend": "wrong"}, "looked at 1", {"an expected value"}), "its author read"),
        (Attempt("refused", None, {}, "no", set()), "scored None"),
    ],
    ids=["points", "a verdict", "silence", "a value", "a refusal"],
)
def test_an_attempt_that_is_not_as_expected_is_told(attempt, complaint):
    assert complaint in "; ".join(attempt.complaints(ATTACK))
