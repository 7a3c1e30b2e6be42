"""The handouts of the bundled assignments: what their local autograders say is what the server says, on the reference,
the starter and every known-wrong solution, and nothing hidden is in them.

`make test` compares one known-wrong solution for each verdict and set of tasks that lose points, on the tests that it
fails on the server and one that it passes there. `make test-known-wrong` compares all of them on all tests.

The two sides draw other inputs. A value that is wrong by little more than the tolerance may agree on one of them, so
that sentences may count and name other values, and a test may have more hints on one side than on the other.
"""

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice, pairwise

import msgspec
import pytest

from grader.assignment import load
from grader.examiner.seeds import seeds_of
from grader.grading import manifest
from grader.handout.build import build
from tests.bundled import BUNDLED, EVERY_ROW, KNOWN_WRONG, ROWS, copy_of

SHIPPING = {name: folder for name, folder in BUNDLED.items() if load(folder).handout.tests}
SEVERAL = "tests/handout/several.py"
# Each input decides for itself: whether a few steps with 19 for 20 rows are still about right, and whether a count of
# wrong answers is right by chance.
BORDERLINE = {"hw1p1/own_gradient_averaged_by_another_m", "hw1p1/weights_drawn_transposed"}
SHIPPED = [name for name in ROWS if KNOWN_WRONG[name].suite.name in SHIPPING and name not in BORDERLINE]
FIRSTS = {
    (KNOWN_WRONG[name].suite, KNOWN_WRONG[name].verdict, *sorted(KNOWN_WRONG[name].score)): name
    for name in reversed(SHIPPED)
}
# "Nearly right", and right from some layer on: whether a value is so near depends on the input.
VAGUE = {"noise", "earlier_entries"}

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(300)]


class Local:
    """The local autograder of a handout, which stays open for one solution after the other."""

    def __init__(self, command, handout, *how):
        (home,) = handout.glob("autograder/*")
        self._process = subprocess.Popen(
            [*command, SEVERAL, home, *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tests(self, folder, ids=()):
        print(json.dumps([str(folder), [*ids]]), file=self._process.stdin, flush=True)
        return msgspec.json.decode(self._process.stdout.readline())["tests"]

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(10) == 0


@pytest.fixture(scope="module")
def handout_of(tmp_path_factory):
    """The handout of an assignment, by its name; each is built once."""

    @cache
    def handout_of(name):
        target = tmp_path_factory.mktemp("handout") / name
        build(SHIPPING[name], target)
        return target

    return handout_of


@pytest.fixture(scope="module")
def local_of(plain_python, handout_of):
    """The local autograder of an assignment, by its name; each is started once."""
    opened = {}

    def local_of(name):
        if name not in opened:
            opened[name] = Local(plain_python, handout_of(name))
        return opened[name]

    yield local_of
    for local in opened.values():
        local.close()


def worth_sitting(report):
    """The tests that failed, and the first that passed after one that did not: whether a break outlives its test."""
    failed = [test.id for test in report.tests if test.verdict != "passed"]
    after = (this.id for last, this in pairwise(report.tests) if this.id not in failed and last.id in failed)
    return [*failed, *islice(after, 1)]


def without_numbers(text):
    """The sentence whatever its numbers are, and whichever values it names as those that differ."""
    text = re.sub(r"(`[^`]+`(, | and )?)+ ?(\d+ more )?differs? from", "Some differ from", text)
    text = re.sub(r" `[^`]+` is wrong in [^;]+; its shape is right\.", "", text)
    text = re.sub(r"The (train|val) (loss|error) does not fall", "A curve does not fall", text)
    return re.sub(r"\d+(\.\d+)?(e[+-]\d+)?", "#", text)


def kinds(test):
    return [hint["kind"] for hint in test["hints"]]


def first_failure(tests):
    return next((test for test in tests if test["verdict"] != "passed" and test["max_points"]), None)


def assert_agree(here, report):
    there = {test["id"]: test for test in report.as_json()["tests"]}
    on_server = [there[test["id"]] for test in here]
    for mine, theirs in zip(here, on_server, strict=True):
        assert mine["verdict"] == theirs["verdict"], mine
        assert without_numbers(mine["message"]) == without_numbers(theirs["message"])
        here_seen, there_seen = {*kinds(mine)}, {*kinds(theirs)}
        alike = here_seen & there_seen or not here_seen | there_seen or VAGUE & (here_seen | there_seen)
        assert alike, (mine["title"], kinds(mine), kinds(theirs))
    if first := first_failure(here):
        assert kinds(first)[:1] == kinds(first_failure(on_server))[:1]


@pytest.mark.parametrize("name", SHIPPED if EVERY_ROW else sorted(FIRSTS.values()))
def test_a_known_wrong_solution_is_told_what_the_server_tells(grading_of, local_of, name, tmp_path):
    row, report = KNOWN_WRONG[name], grading_of(name)
    row.write(tmp_path)
    local = local_of(row.suite.name)
    assert_agree(local.tests(tmp_path, () if EVERY_ROW else worth_sitting(report)), report)


@pytest.mark.parametrize("name", SHIPPING)
@pytest.mark.parametrize("source", ["reference", "handout"])
def test_reference_and_starter_are_told_what_the_server_tells(grading_of, local_of, name, source, tmp_path):
    folder = copy_of(SHIPPING[name] / source, tmp_path / source)
    assert_agree(local_of(name).tests(folder), grading_of(f"{name}/{source}"))


def test_where_no_process_can_be_forked_it_says_the_same(plain_python, handout_of, local_of, tmp_path):
    spawning = Local(plain_python, handout_of("hw1p1"), "spawn")
    for name in ("hw1p1/tanh_exits", "hw1p1/linear_does_not_parse", "hw1p1/dw_summed"):
        folder = tmp_path / name
        KNOWN_WRONG[name].write(folder)
        told = [
            [(test["id"], test["verdict"], test["message"], kinds(test)) for test in tests]
            for tests in (local.tests(folder) for local in (spawning, local_of("hw1p1")))
        ]
        assert told[0] == told[1]
    spawning.close()


def lines(files):
    """The lines of these files that say something of their own."""
    found = set()
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            found |= {line.strip() for line in file.read_text(errors="replace").splitlines() if len(line.strip()) > 20}
    return found


@pytest.mark.parametrize("name", SHIPPING)
def test_nothing_of_the_reference_or_of_its_mistakes_is_in_a_handout(handout_of, name):
    suite, given = SHIPPING[name], lines(handout_of(name).rglob("*"))
    secret = lines((suite / "reference").rglob("*"))
    for file in (suite / "mistakes").glob("*.toml"):
        for change in tomllib.loads(file.read_text())["change"]:
            secret |= {line.strip() for line in change["new"].splitlines() if len(line.strip()) > 20}
    # What a starter or a test shows is no secret: the write-up's names, and inputs that tests set up.
    open_to_all = lines((suite / "handout").rglob("*")) | lines(suite.glob("*.py"))
    assert secret - open_to_all
    assert not (secret - open_to_all) & given


@pytest.mark.parametrize("name", SHIPPING)
def test_no_seed_of_a_hidden_input_is_in_a_handout(handout_of, name):
    suite = SHIPPING[name]
    assignment, text = load(suite), "\n".join(lines(handout_of(name).rglob("*")))
    assert str(assignment.seed) not in text
    tests = [test["id"] for test in manifest(suite)["tests"]]
    seeds = [seeds_of(assignment, test, again=again) for test in tests for again in (False, True)]
    hidden = {str(number) for each in seeds for number in (each.inputs, each.generators)}
    assert not {number for number in re.findall(r"\d+", text) if len(number) > 8} & hidden


@pytest.mark.parametrize("name", SHIPPING)
def test_only_tests_that_their_author_let_out_are_in_a_handout(handout_of, name):
    given = {file.name for file in handout_of(name).glob("autograder/*/tests/test_*.py")}
    let_out = load(SHIPPING[name]).handout.tests
    all_files = {file.name for file in SHIPPING[name].glob("test_*.py")}
    assert given == {file for file in all_files if any(fnmatchcase(file, pattern) for pattern in let_out)}


def test_the_curves_are_drawn_into_the_folder_that_was_asked_for(plain_python, handout_of, tmp_path):
    folder = copy_of(SHIPPING["hw1p1"] / "reference", copy_of(handout_of("hw1p1"), tmp_path / "mine"))
    command = [*plain_python, "autograder/hw1_autograder/test.py", "--outpath", "hw1"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    drawn = {file.name for file in (folder / "hw1").glob("*.svg")}
    assert drawn == {file.name for file in (folder / "expected_graphs").iterdir()}
    assert len(drawn) == 4
