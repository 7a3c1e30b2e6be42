"""A survey of an assignment whose tests miss things: each is named with its file, its line and the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.assignment import AssignmentError
from grader.checking import Level
from grader.checking.mutants import findings, kept_survey, survey
from grader.checking.mutants.hunt import NO_DIFFERENCE
from grader.checking.mutants.survivors import Named
from grader.grading import ENVIRONMENT

WEAK = Path(__file__).with_name("weak")
SOLUTION = (WEAK / "reference" / "solution.py").read_text().splitlines()

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def heard():
    return []


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def surveyed(heard, place):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "TMPDIR", str(place))
        return survey(WEAK, heard.append)


def line(code: str) -> int:
    (number,) = (number for number, each in enumerate(SOLUTION, 1) if code in each)
    return number


def survivors(surveyed, code: str) -> dict[str, str]:
    """What survives of a line, and why."""
    return {each.change: each.why for each in surveyed.survivors if each.place.line == line(code)}


def test_a_survivor_of_a_weak_test_is_named_by_file_and_line_with_what_was_changed(surveyed):
    found = survivors(surveyed, "x - np.mean(x, axis=0)")
    assert "`np.mean(x, axis=0)` became `np.sum(x, axis=0)`" in found
    assert "`np.mean(x, axis=0)` became `np.mean(x)`" in found
    assert all(why.startswith("in test_centred it differs with") for why in found.values())
    (finding,) = (each for each in findings(WEAK, surveyed) if "`np.sum(x, axis=0)`" in each.text)
    assert (finding.level, finding.file) == (Level.WARNING, WEAK / "reference" / "solution.py")
    assert finding.key == f"line {line('x - np.mean(x, axis=0)')}"


def test_where_no_difference_is_found_that_is_said_and_is_no_finding(surveyed):
    found = survivors(surveyed, "np.maximum(x, 0.0)")
    assert found == {"`np.maximum(x, 0.0)` became `np.maximum(0.0, x)`": NO_DIFFERENCE}
    alike = [each.change for each in surveyed.survivors if each.equivalent]
    assert {each for each in alike if "eye" not in each} == found.keys()
    assert not any("np.maximum" in each.text for each in findings(WEAK, surveyed))


def test_what_shows_with_another_shape_alone_is_no_equal(surveyed):
    found = survivors(surveyed, "x.sum(axis=0) / x.shape[0]")
    assert (
        found["`x.sum(axis=0) / x.shape[0]` became `x.sum(axis=0) / x.shape[1]`"]
        == "in test_averaged it differs with one row fewer"
    )


def test_what_shows_with_another_size_of_all_that_must_fit_is_no_equal(surveyed):
    found = survivors(surveyed, "(np.eye(n) @ x)[:3]")
    assert found["`(np.eye(n) @ x)[:3]` became `(np.eye(n) @ x)[:4]`"].endswith("it differs with a batch of one more")


def test_a_line_that_no_test_runs_is_said_to_be_one(surveyed):
    found = survivors(surveyed, "return x + 1")
    assert found
    assert set(found.values()) == {"no test runs this line"}


def test_state_that_the_first_call_leaves_is_no_equivalent_though_all_tests_call_once(surveyed):
    found = survivors(surveyed, "self.total = self.total + x")
    stale = "`self.total = self.total + x` kept what the first call made"
    assert found[stale] == "in test_sum it differs with each call made twice"


def test_a_scored_test_that_catches_nothing_is_an_error(surveyed):
    assert surveyed.idle == ("test_weak.py::test_half",)
    (idle,) = (each for each in findings(WEAK, surveyed) if each.level is Level.ERROR)
    assert (idle.file, idle.key) == (WEAK / "test_weak.py", "test_half")


def test_what_advisory_tests_alone_catch_is_counted_by_itself(surveyed):
    assert surveyed.caught_by_advice >= 3
    assert not survivors(surveyed, "return x / 2")


def test_mutants_that_never_end_or_end_their_process_are_caught(surveyed):
    for code in ("n -= 1", "while n > 0"):
        assert not survivors(surveyed, code)
    exits = survivors(surveyed, "if code < 0")
    assert "`code < 0` became `code <= 0`" not in exits
    # No test has it end, and an input next to that of the test would.
    assert exits["`code < 0` became `code > 0`"] == "in test_ends it differs with numbers one larger"


@pytest.mark.usefixtures("surveyed")
def test_nothing_of_a_survey_stays_on_the_disk(place):
    assert list(place.iterdir()) == []


def test_every_mutant_is_accounted_for_and_heard_of(surveyed, heard):
    assert surveyed.mutants == len(heard)
    caught = surveyed.caught + surveyed.caught_by_advice
    assert surveyed.share == caught / (surveyed.mutants - surveyed.equivalent) < 1


def test_an_author_s_reason_stands_for_its_survivors_and_one_in_vain_is_a_finding(surveyed):
    found = survivors(surveyed, "self.last = x")
    assert set(found.values()) == {"Nobody is asked for what came last."}
    told = list(findings(WEAK, surveyed))
    assert not any("self.last" in each.text for each in told)
    (stale,) = (each for each in told if each.file.name == "survivors.toml")
    assert "delete the entry" in stale.text


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ('file = "gone.py"\ntext = "x"\nreason = "r"', "survivor.file"),
        ('file = "../assignment.toml"\ntext = "id"\nreason = "r"', "survivor.file"),
        ('file = "solution.py"\ntext = "nowhere"\nreason = "r"', "survivor.text"),
        ('file = "solution.py"\ntext = "def "\nreason = "r"', "survivor.text"),
    ],
    ids=["no such file", "outside", "no such text", "several times"],
)
def test_an_entry_that_names_nothing_is_told_by_key(tmp_path, entry, key):
    folder = shutil.copytree(WEAK, tmp_path / "weak")
    (folder / "survivors.toml").write_text(f"[[survivor]]\n{entry}\n")
    with pytest.raises(AssignmentError) as told:
        Named(folder)
    assert told.value.key == key


def test_a_survey_is_kept_until_the_suite_changes(tmp_path, surveyed):
    made = []

    def counted():
        made.append(True)
        return surveyed

    folder = shutil.copytree(WEAK, tmp_path / "weak")
    assert kept_survey(folder, tmp_path / "kept", counted) == surveyed
    assert kept_survey(folder, tmp_path / "kept", counted) == surveyed
    assert len(made) == 1
    with (folder / "test_weak.py").open("a") as tests:
        tests.write("# Changed.\n")
    kept_survey(folder, tmp_path / "kept", counted)
    assert len(made) == 2
    starter = folder / "handout" / "weak.py"
    starter.parent.mkdir(exist_ok=True)
    starter.write_text("given = 1\n")
    kept_survey(folder, tmp_path / "kept", counted)
    assert len(made) == 3
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert kept_survey(folder, tmp_path / "kept", counted) == surveyed
    assert len(made) == 4
