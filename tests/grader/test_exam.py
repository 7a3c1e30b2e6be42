"""In which of a hand-in's processes each test is sat, and what its attempts take of the time that all have together."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

from grader.examiner import exam, protocol, suite
from grader.examiner.failures import StudentFailure

TOTAL, ATTEMPT = 30, 4
NAMES = ["first", "second", "third", "fourth", "fifth"]


class Clock:
    """In place of `time`: it stands until somebody works."""

    now = 100.0

    def monotonic(self):
        return self.now


class Paper:
    """In place of a suite: tests whose lines pass."""

    def __init__(self, names):
        self.assignment = SimpleNamespace(limits=SimpleNamespace(total_seconds=TOTAL))
        cards = [protocol.TestCard(f"test_it.py::{name}", "task", name, 1) for name in names]
        self.tests = [suite.Test(card, 3.0, None) for card in cards]

    def seed_of(self, test):
        return test.card.title

    def run(self, _test, _side):
        return suite.Ran()


class HandIn:
    """In place of a candidate. Each attempt takes its time; `fails` says which fail, by the test's name and whether its
    process is fresh."""

    until = 0.0
    goes_on = True

    def __init__(self, clock, fails):
        self._clock = clock
        self._fails = fails
        self.attempts = []

    @contextmanager
    def test(self, name, _cpu, _wall, *, fresh=True):
        self.attempts.append((name, "fresh" if fresh else "used"))
        self._clock.now += ATTEMPT
        if self._fails(name, fresh):
            raise StudentFailure("timed_out", "It did not answer.")
        yield None

    def take_output(self):
        return ""


def sat(monkeypatch, fails, names=NAMES):
    """The verdicts, the attempts that they took, and for how long all of them kept the worker."""
    clock = Clock()
    monkeypatch.setattr(exam, "time", clock)
    hand_in = HandIn(clock, fails)
    reports = list(exam.sit_all(Paper(names), hand_in, lambda _event: None))
    return [report.verdict for report in reports], hand_in.attempts, clock.now - Clock.now


def test_tests_that_pass_go_on_in_the_process_of_the_first(monkeypatch):
    verdicts, attempts, _ = sat(monkeypatch, lambda _name, _fresh: False)
    assert verdicts == ["passed"] * 5
    assert [process for _name, process in attempts] == ["fresh", "used", "used", "used", "used"]


def test_a_failure_in_a_used_process_is_tried_in_a_fresh_one_and_so_is_all_after_it(monkeypatch):
    verdicts, attempts, _ = sat(monkeypatch, lambda name, fresh: name == "third" and not fresh)
    assert verdicts == ["passed"] * 5
    assert attempts[2:] == [("third", "used"), ("third", "fresh"), ("fourth", "fresh"), ("fifth", "fresh")]


def test_a_hand_in_that_wastes_time_in_used_processes_has_one_attempt_more_than_its_time(monkeypatch):
    verdicts, attempts, took = sat(monkeypatch, lambda _name, fresh: not fresh, NAMES * 5)
    assert took <= TOTAL + 2 * ATTEMPT, "the attempt that was ours, and the last one, begun within its time"
    assert len(attempts) == took / ATTEMPT
    assert verdicts[-1] == "timed_out"
