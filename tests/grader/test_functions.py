"""Functions cross the wall in both directions, in the sandbox as with the reference, and none of them can do harm."""

from __future__ import annotations

import contextlib
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from grader.assignment import Assignment, AssignmentError, HandinRules, StudentModules, Task, TestLimits
from grader.candidate.modules import Modules
from grader.examiner.candidate_process import CandidateProcess
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.sitting import reference_side
from grader.grading import manifest
from grader.report import GraderFault
from grader.sandbox import backend

HANDIN = """
import numpy as np

def gradient_of(f, eps):
    def gradient(x):
        return np.array([(f(x + step) - f(x - step)) / (2 * eps) for step in eps * np.eye(len(x))])
    return gradient

def apply(f, *args):
    return f(*args)

def same(f):
    return f

def several():
    return {"halves": (lambda x: x / 2, [lambda x: x / 4]), "name": "halves"}

def counter():
    seen = []
    def count(x):
        seen.append(x)
        return len(seen)
    return count

def picky():
    def root(x):
        if x < 0:
            raise ValueError("no root of a negative number")
        return x ** 0.5
    return root

def back_and_forth(f):
    def g(n):
        return 0 if n == 0 else 1 + f(n - 1)
    return g

def endless():
    def spin():
        while True: pass
    return spin

def swallowing(f):
    try:
        return f("text")
    except Exception as error:
        return type(error).__name__, str(error)
"""
ASSIGNMENT = Assignment(
    id="functions",
    title="Functions",
    handin=HandinRules(("functions_handed_in.py",)),
    student=StudentModules(("functions_handed_in",)),
    tasks=(Task("all", "All", 1),),
    limits=TestLimits(test_seconds=1),
)


@pytest.fixture(scope="module")
def candidate(sandbox_cache):
    """The hand-in in the real sandbox."""
    sandbox = backend("nursery", 64123, sandbox_cache)
    sandbox.prepare()
    with CandidateProcess(sandbox, ASSIGNMENT) as candidate:
        candidate.start()
        candidate.load({"functions_handed_in.py": HANDIN.encode()})
        candidate.import_modules()
        yield candidate


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The hand-in in this process, as a reference is."""
    folder = tmp_path_factory.mktemp("solution")
    (folder / "functions_handed_in.py").write_text(HANDIN)
    modules = Modules(str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        modules.load("functions_handed_in")
    return modules


@pytest.fixture(params=["in this process", pytest.param("in the sandbox", marks=pytest.mark.sandbox)])
def side(request):
    """The side of one test."""
    if request.param == "in this process":
        yield reference_side(request.getfixturevalue("modules"), failure)
        return
    # A side that broke says so again at its end.
    with contextlib.suppress(StudentFailure), request.getfixturevalue("candidate").test(1, 1, 5) as side:
        yield side


def test_a_function_that_comes_back_calls_the_one_that_went_in(side):
    points = []

    def f(x):
        points.append(x)
        return float(np.sum(x**3))

    gradient = side.root.gradient_of(f, 1e-3)
    assert points == []
    for x in (np.array([1.0, 2.0]), np.array([-1.0])):
        points.clear()
        assert np.allclose(gradient(x), 3 * x**2, atol=1e-5)
        assert len(points) == 2 * len(x)


def test_functions_come_back_inside_of_tuples_lists_and_dicts(side):
    found = side.root.several()
    half, (quarter,) = found["halves"]
    assert (half(8.0), quarter(8.0), found["name"]) == (4.0, 2.0, "halves")


def test_a_function_that_came_back_can_be_passed_in_again(side):
    gradient = side.root.gradient_of(lambda x: float(x @ x), 1e-3)
    assert np.allclose(side.root.apply(gradient, np.ones(2)), 2.0)
    assert np.allclose(side.root.apply(side.root.apply, gradient, np.ones(2)), 2.0)


def test_the_test_s_own_function_comes_back_and_still_works(side):
    assert side.root.same(lambda x: x + 1)(41) == 42
    assert side.root.same(side.root.same)(side.root.counter)()(0) == 1


def test_a_function_keeps_its_state_however_much_happens_in_between(side):
    count = side.root.counter()
    for call in range(1, 301):
        other = side.root.counter()
        assert count(call) == call
        assert other(0) == 1


def test_what_a_function_raises_is_the_student_s_and_names_his_lines(side):
    root = side.root.picky()
    assert root(9.0) == 3.0
    with pytest.raises(StudentFailure) as error:
        root(-1.0)
    assert error.value.verdict == "raised"
    assert "ValueError: no root of a negative number" in error.value.message
    assert "functions_handed_in.py, line 28, in root" in error.value.message
    with pytest.raises(ValueError, match="no root"):
        root(-1.0)
    assert root(4.0) == 2.0


def test_two_functions_may_call_one_another(side):
    def f(n):
        return 0 if n == 0 else 1 + g(n - 1)

    g = side.root.back_and_forth(f)
    assert g(12) == 12


def test_two_functions_that_call_one_another_for_ever_are_stopped(side):
    def f(n):
        return g(n + 2)

    g = side.root.back_and_forth(f)
    with pytest.raises(StudentFailure) as error:
        g(1)
    assert error.value.verdict == "raised"
    assert "too deep" in error.value.message


def test_of_what_the_test_s_function_raises_only_the_type_is_told(side):
    secret = {"key": 1}
    name, text = side.root.swallowing(lambda key: secret[key])
    assert name == "CallBackRaised"
    assert text == "the function that the test passed in raised KeyError"


def test_what_ends_the_test_in_its_own_function_passes_through_the_student_s_code(side):
    with pytest.raises(pytest.fail.Exception, match=r"^the author's words$"):
        side.root.swallowing(lambda _text: pytest.fail("the author's words"))


def test_an_object_of_a_test_that_is_over_is_refused(side):
    count = side.root.counter()
    assert count(1) == 1
    side.end()
    with pytest.raises(RuntimeError, match="kept from an earlier test"):
        count(2)


@pytest.mark.sandbox
def test_a_function_that_never_ends_costs_its_test_and_no_other(candidate):
    begun = time.monotonic()
    with pytest.raises(StudentFailure) as error, candidate.test(1, 1, 5) as side:
        side.root.endless()()
    assert error.value.verdict == "timed_out"
    assert time.monotonic() - begun < 5
    with candidate.test(1, 1, 5) as side:
        assert side.root.same(lambda: 1)() == 1


def counting(number):
    return sum(1 for _ in range(number))


@pytest.mark.sandbox
def test_what_the_test_computes_with_a_number_of_the_student_s_has_a_limit(candidate):
    with (
        pytest.raises(StudentFailure, match="With what your code gave it") as error,
        candidate.test(1, 1, 0.2) as side,
        contextlib.suppress(Exception),  # as the author's own lines may do
    ):
        side.root.apply(counting, 2**62)
    assert error.value.verdict == "timed_out"


@pytest.mark.sandbox
def test_what_the_test_computes_by_itself_for_too_long_is_our_fault(candidate):
    with pytest.raises(GraderFault, match="before it asks"), candidate.test(1, 1, 0.2):
        counting(2**62)


SUITE = """
    from grader.author import student, task

    kept = []

    @task("all", "Keeps", points=1)
    def test_1():
        kept.append(student.same)

    @task("all", "Uses what another test kept")
    def test_2():
        assert kept[0](len)(()) == 0
"""


def test_a_suite_that_keeps_objects_between_tests_does_not_load(tmp_path: Path):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "solution.py").write_text("def same(f): return f\n")
    (tmp_path / "test_kept.py").write_text(textwrap.dedent(SUITE))
    (tmp_path / "assignment.toml").write_text(
        'id = "kept"\ntitle = "Kept"\nhandin.files = ["solution.py"]\nstudent.modules = ["solution"]\n'
        '[[task]]\nid = "all"\ntitle = "All"\npoints = 1\n'
    )
    with pytest.raises(AssignmentError, match="kept from an earlier test"):
        manifest(tmp_path)
