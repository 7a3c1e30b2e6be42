"""The handouts of the bundled assignments: what their local autograders say is what the server says, on the reference,
the starter and every known-wrong solution, and nothing hidden is in them.

The two sides draw other inputs. So the numbers in their sentences may differ, and nothing else.
"""

import re
import subprocess

import msgspec
import pytest

from grader.assignment import load
from grader.handout.build import build
from tests.bundled import BUNDLED, KNOWN_WRONG, copy_of, packed

SHIPPING = {name: folder for name, folder in BUNDLED.items() if load(folder).handout.tests}
ROWS = [name for name, row in KNOWN_WRONG.items() if row.suite.name in SHIPPING]
SEVERAL = "tests/handout/several.py"

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(300)]


class Local:
    """A built handout, and its local autograder, which stays open for one solution after the other."""

    def __init__(self, suite, target, command):
        self.folder, self.assignment = target, build(suite, target)
        (self.home,) = target.glob("autograder/*")
        self._process = subprocess.Popen(
            [*command, SEVERAL, str(self.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def report(self, folder):
        print(folder, file=self._process.stdin, flush=True)
        return msgspec.json.decode(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(10) == 0


@pytest.fixture(scope="module")
def local_of(plain_python, tmp_path_factory):
    """The local autograder of an assignment, by its name; each is built once."""
    opened = {}

    def local_of(name):
        if name not in opened:
            opened[name] = Local(SHIPPING[name], tmp_path_factory.mktemp("handout") / name, plain_python)
        return opened[name]

    yield local_of
    for local in opened.values():
        local.close()


def told(tests):
    """What is said of each test, whatever its numbers are."""
    return {
        test["id"]: (test["verdict"], re.sub(r"\d+(\.\d+)?(e[+-]\d+)?", "#", test["message"]), kinds(test))
        for test in tests
    }


def kinds(test):
    return [hint["kind"] for hint in test["hints"]]


def assert_agree(local, report, folder):
    here = local.report(folder)["tests"]
    on_server = told(report.as_json()["tests"])
    assert told(here) == {test["id"]: on_server[test["id"]] for test in here}


@pytest.mark.parametrize("name", ROWS)
def test_a_known_wrong_solution_is_told_what_the_server_tells(grading_of, local_of, name, tmp_path):
    row = KNOWN_WRONG[name]
    row.write(tmp_path)
    assert_agree(local_of(row.suite.name), grading_of(name), tmp_path)


@pytest.mark.parametrize("name", SHIPPING)
@pytest.mark.parametrize("source", ["reference", "handout"])
def test_reference_and_starter_are_told_what_the_server_tells(examiners, local_of, name, source, tmp_path):
    suite = SHIPPING[name]
    folder = copy_of(suite / source, tmp_path / source)
    assert_agree(local_of(name), examiners.grade(suite, packed(suite, folder)), folder)
