"""Each way in which a hand-in can fail gets its verdict, in words that help, and costs only the tests that it must."""

from __future__ import annotations

import pytest

from grader.verdicts import CATALOGUE
from tests.bundled import copy_of
from tests.grader.conftest import TINY

pytestmark = pytest.mark.sandbox

SPOILED, ADVISORY = "Doubles an array", "Refuses what is no array"

# name, the lines that replace those of `double` in the right solution, verdict of its test, what the message says
FAILURES = [
    ("wrong", "return 3.0 * x", "wrong", "`doubled` differs"),
    ("raises", "raise KeyError('no such key')", "raised", "no such key"),
    ("says where", "return x @ x", "raised", "solution.py, line 7, in double"),
    ("stub", "raise NotImplemented", "not_implemented", "`double(…)` is not implemented yet"),
    ("standard stub", "raise NotImplementedError", "not_implemented", "not implemented yet"),
    ("spins", "while True: pass", "timed_out", "Your program"),
    ("sleeps", "import time; time.sleep(60)", "timed_out", "did not answer within 3 seconds"),
    ("eats memory", "return np.zeros(1 << 28)", "out_of_memory", "MemoryError"),
    ("prints for ever", "while True: print('here')", "too_much_output", "more than 16 kB"),
    ("exits", "import sys; sys.exit(0)", "raised", "SystemExit"),
    ("exits hard", "import os; os._exit(0)", "crashed", "exited in the middle of the test, with status 0"),
    ("kills itself", "import os; os.kill(os.getpid(), 11)", "crashed", "SIGSEGV"),
    ("recurses", "return double(x)", "raised", "RecursionError"),
    ("closes the channel", "import os; os.closerange(3, 64); return x", "crashed", "hung up"),
    ("talks nonsense", "import os; [os.write(fd, b'0' * 4096) for fd in channels()]", "crashed", "no answer"),
    ("returns itself", "y = []; y.append(y); return y", "wrong", "contains itself"),
    ("returns a subclass", "return x.view(np.matrix)", "wrong", "`doubled` differs"),
    ("returns a lie", "return Lie(1)", "wrong", "`doubled` differs"),
    ("returns objects", "return np.array([x, None], dtype=object)", "wrong", "`doubled` differs"),
    ("returns nothing", "pass", "wrong", "`doubled` differs"),
    ("raises a trap", "raise Trap", "raised", "Trap"),
]

# What some of the rows above need beside `double`.
BESIDE = """
class Lie(float):
    def __eq__(self, other): return True

class Trap(Exception):
    def __str__(self): raise SystemExit

def channels():
    import os, stat
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode): yield fd
        except OSError:
            pass
"""

# Its parent is the process that forks for each test.
KILLS_ITS_LOOP = "import os, signal; os.kill(os.getppid(), signal.SIGKILL); signal.pause()"


@pytest.mark.parametrize(("body", "verdict", "says"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_failing_function_fails_its_own_test_alone(grade, right_solution, body, verdict, says):
    source = right_solution["solution.py"].replace("return 2.0 * x", body) + BESIDE
    report = grade({**right_solution, "solution.py": source})
    tests = {test.title: test for test in report.tests}
    assert (tests[SPOILED].verdict, tests[SPOILED].points) == (verdict, 0)
    assert says in tests[SPOILED].message
    others = {test.verdict for title, test in tests.items() if title not in (SPOILED, ADVISORY)}
    assert others == {"passed"}
    assert report.score == 6


def test_the_right_solution_gets_full_marks(grade, right_solution):
    report = grade(right_solution)
    assert (report.score, report.max_score) == (10, 10)
    assert [(task.id, task.score, task.max_score) for task in report.tasks] == [
        ("double", 4, 4), ("objects", 4, 4), ("functions", 2, 2),
    ]  # fmt: skip
    assert {test.verdict for test in report.tests} == {"passed"}


def test_a_missing_name_is_told_with_the_one_that_looks_like_it(grade, right_solution):
    report = grade(
        {**right_solution, "solution.py": right_solution["solution.py"].replace("class Counter", "class Countr")}
    )
    (test,) = [test for test in report.tests if test.title == "Keeps what it is given"]
    assert test.verdict == "missing_name"
    assert "`Counter` was not found" in test.message
    assert "`Countr`" in test.hints[0].text


def test_a_name_in_a_file_that_no_test_looks_into_is_told_with_the_file(grade, right_solution):
    moved = right_solution["solution.py"].replace("def double", "def dobble")
    report = grade({**right_solution, "solution.py": moved, "tools/more.py": "def double(x):\n    return 2.0 * x\n"})
    test = report.tests[0]
    assert (test.verdict, test.hints[0].kind) == ("missing_name", "wrong_module")
    told = "`double` stands in `tools/more.py`, line 1, and the tests find names in `solution`, `extra`"
    assert told in test.hints[0].text


def test_arithmetic_with_what_was_never_returned_is_told_as_that(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", "return 2.0 * print()")
    test = grade({**right_solution, "solution.py": source}).tests[0]
    assert (test.verdict, [hint.kind for hint in test.hints]) == ("raised", ["none"])


def test_a_free_assert_speaks_in_the_author_s_words(grade, right_solution):
    report = grade(
        {**right_solution, "solution.py": right_solution["solution.py"].replace("np.zeros((1, 3))", "np.ones((1, 3))")}
    )
    (test,) = [test for test in report.tests if test.title == "Starts from nothing"]
    assert (test.verdict, test.message) == ("wrong", "A new Counter's total is not zero.")


@pytest.mark.parametrize(
    ("top", "says"),
    [
        ("def double(x:\n", "solution.py, line 1"),
        ("import torch\n", "No module named 'torch'"),
        ("raise SystemExit\n", "SystemExit"),
        ("import os; os._exit(3)\n", "ended the program"),
        ("while True: pass\n", "still importing after 2 seconds"),
        ("while True: print('x' * 1000)\n", "printed more than 16 kB"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n", "ended the program"),
    ],
    ids=["syntax", "missing module", "SystemExit", "hard exit", "spins", "floods", "segfault"],
)
def test_a_module_that_does_not_import_costs_only_the_tests_that_need_it(grade, right_solution, top, says):
    report = grade({**right_solution, "solution.py": top + right_solution["solution.py"]})
    verdicts = {test.title: test.verdict for test in report.tests}
    assert verdicts.pop("Triples, in the second module") == "passed"
    assert set(verdicts.values()) == {"import_failed"}
    assert says in report.tests[0].message


def test_a_test_does_not_see_what_another_left_behind(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", "globals().pop('Counter'); return 2.0 * x")
    assert grade({**right_solution, "solution.py": source}).score == 10


# Works once in a process.
ONCE = """
made = []

def once():
    made.append(1)
    print(len(made))
    if len(made) > 1: {then}
    return 0
"""


@pytest.mark.parametrize(
    "then",
    ["raise RuntimeError", "import os; os._exit(0)", "sum(iter(int, 1))", "return 1", "print('x' * 20_000)"],
    ids=["raises", "exits", "spins", "answers wrong", "floods"],
)
def test_what_a_test_that_passed_left_behind_fails_no_other_of_its_task(grade, right_solution, then):
    source = right_solution["solution.py"].replace("np.zeros((1, 3))", "np.zeros((1, 3)) + once()")
    report = grade({**right_solution, "solution.py": source + ONCE.format(then=then)})
    assert report.score == 10
    outputs = [(test.verdict, test.output) for test in report.tests if test.task == "objects"]
    assert outputs == [("passed", "1\n")] * 2


def test_output_stays_with_the_test_that_printed_it(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", "print('doubling', flush=True); return 2.0 * x")
    tests = {test.title: test for test in grade({**right_solution, "solution.py": source}).tests}
    assert tests[SPOILED].output == "doubling\n"
    assert tests["Keeps what it is given"].output == ""


def test_a_broken_loop_is_started_again_for_the_next_test(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", KILLS_ITS_LOOP)
    report = grade({**right_solution, "solution.py": source})
    assert report.score == 6
    assert report.tests[0].verdict == "crashed"


def test_a_limit_holds_in_a_test_that_a_broken_loop_was_started_again_for(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", KILLS_ITS_LOOP)
    source = source.replace("self.total = self.total + x", "print('x' * 200_000)")
    tests = {test.title: test for test in grade({**right_solution, "solution.py": source}).tests}
    assert tests[SPOILED].verdict == "crashed"
    assert tests["Keeps what it is given"].verdict == "too_much_output"


TAMPERING = {
    "ends at the next message": "loop._receive = lambda control: os._exit(0)",
    "answers what is no answer": "loop._receive = lambda control: (wire.Import('solution'), [])",
    "lies about how a test ended": "wire.Ended = lambda status, cpu: wire.Return(status)",
    "tells a status that cannot be": "os.wait4 = lambda *a: (0, 1 << 40, resource.getrusage(resource.RUSAGE_SELF))",
    "tells a time that cannot be": "os.wait4 = lambda *a: (0, 9, types.SimpleNamespace(ru_utime=-1e9, ru_stime=0))",
    "closes the control channel": "os.closerange(3, 64)",
    "stops its parent": "os.kill(os.getpid(), signal.SIGSTOP)",
}


@pytest.fixture(scope="module")
def hurried(tmp_path_factory):
    """The tiny assignment with little time for all tests together: some of these hand-ins let each test wait."""
    folder = copy_of(TINY, tmp_path_factory.mktemp("hurried"))
    toml = folder / "assignment.toml"
    toml.write_text(toml.read_text().replace("total_seconds = 30", "total_seconds = 6"))
    return folder


@pytest.mark.parametrize("line", TAMPERING.values(), ids=TAMPERING)
def test_a_hand_in_that_tampers_with_its_own_side_is_graded_and_is_no_fault_of_ours(
    grade, right_solution, hurried, line
):
    top = (
        "import os, resource, signal, types\nfrom grader import wire\nfrom grader.candidate import loop\n" + line + "\n"
    )
    source = top + right_solution["solution.py"].replace("return 2.0 * x", "os.kill(os.getpid(), signal.SIGSEGV)")
    report = grade({**right_solution, "solution.py": source}, hurried)
    assert report.tests[0].verdict in {"crashed", "import_failed", "timed_out"}
    assert report.score <= 6


def test_printing_past_the_limit_is_seen_however_fast_the_answer_comes(grade, right_solution):
    source = right_solution["solution.py"].replace("return 2.0 * x", "print('x' * 20_000); return 2.0 * x")
    verdicts = {grade({**right_solution, "solution.py": source}).tests[0].verdict for _again in range(4)}
    assert verdicts == {"too_much_output"}


def test_a_crash_is_a_crash_even_where_the_test_expects_an_exception(grade, right_solution):
    source = right_solution["solution.py"].replace('raise ValueError("as asked")', "import os; os._exit(0)")
    tests = {test.title: test for test in grade({**right_solution, "solution.py": source}).tests}
    assert tests["Fails when asked to"].verdict == "crashed"


def test_bringing_a_broken_hand_in_back_is_no_time_of_the_next_test(grade, right_solution):
    slow = "import time; time.sleep(1.6)\n"
    source = right_solution["solution.py"].replace("return 2.0 * x", KILLS_ITS_LOOP)
    report = grade({"solution.py": slow + source, "extra.py": slow + right_solution["extra.py"]})
    assert [test.title for test in report.tests if test.verdict == "timed_out"] == []
    assert report.score == 6


def test_every_verdict_of_the_catalogue_speaks_to_student_and_staff():
    for name, verdict in CATALOGUE.items():
        assert verdict.id == name
        assert all(text.endswith((".", "text.")) for text in (verdict.student, verdict.staff, verdict.help))
        assert verdict.symbol
        assert verdict.word
