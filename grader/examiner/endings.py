"""Words how a test's process, or the import of a module, ended when not by an answer: all the student's failures.

Which of these it was is found out by who started the process, here or on a student's own machine.
"""

from __future__ import annotations

import signal

from grader.assignment import TestLimits
from grader.examiner.conversation import OutputFlood, TimeUp
from grader.examiner.failures import StudentFailure
from grader.examiner.sides import Side
from grader.report import GraderFault

# What a signal usually means in a program of this kind.
_SIGNALS = {
    "SIGSEGV": " (it touched memory that is not its own; a recursion without end does this)",
    "SIGABRT": " (a library gave up)",
    "SIGFPE": " (an integer division by zero in compiled code)",
}
# By name: not every system has both.
_OVER_TIME = ("SIGKILL", "SIGXCPU")


def ended(code: int, cpu_seconds: float, cpu_limit: int) -> StudentFailure:
    """The process ended with exit status `code`, or by the signal -`code`, having used `cpu_seconds` of processor
    time."""
    if code >= 0:
        return StudentFailure("crashed", f"Your program exited in the middle of the test, with status {code}.")
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    # What the kernel counts for the limit runs ahead of what it reports at the end; half of it is more than any crash
    # uses.
    if name in _OVER_TIME and cpu_seconds >= cpu_limit / 2:
        return StudentFailure("timed_out", f"Your program was still computing after {cpu_limit} s of processor time.")
    if name == "SIGKILL":
        return StudentFailure("crashed", "Your program hung up on the grader in the middle of the test.")
    return StudentFailure("crashed", f"Your program was ended by {name}{_SIGNALS.get(name, '')}.")


def over_limit(error: Exception, limits: TestLimits, wall_seconds: float) -> StudentFailure | None:
    """The failure, where the conversation broke off since a limit of the test was passed."""
    if isinstance(error, OutputFlood):
        return StudentFailure("too_much_output", f"Your program printed more than {limits.output_kb} kB in one test.")
    if isinstance(error, TimeUp):
        return StudentFailure("timed_out", f"Your program did not answer within {wall_seconds:g} seconds.")
    return None


def of_test(seconds: float, side: Side) -> BaseException:
    """The test's own lines and functions computed for so long: with what the student's code gave them, or by
    themselves."""
    if not side.answered:
        return GraderFault(f"a test of the suite computes for {seconds:g} seconds before it asks for anything")
    return StudentFailure("timed_out", f"With what your code gave it, the test computed for {seconds:g} seconds.")


def of_import(module: str, error: Exception, limits: TestLimits) -> str:
    """Why the module is not there, whose import broke off with `error`."""
    if isinstance(error, TimeUp):
        return f"`{module}` was still importing after {limits.import_seconds:g} seconds"
    if isinstance(error, OutputFlood):
        return f"`{module}` printed more than {limits.output_kb} kB while it was imported"
    return f"importing `{module}` ended the program"
