"""Whether an assignment's folder may be published: it loads, its tests repeat, the reference gets full marks and the
starter what the folder says.

It knows no command line. It runs the author's own code (tests, reference, the command that packs) with our rights, as
every grading does with the first two; what is handed in is graded in the sandbox like any other.
"""

from grader.checking.findings import Finding, Level, error
from grader.checking.result import Found, Result
from grader.checking.steps import Check, Step

__all__ = ["Check", "Finding", "Found", "Level", "Result", "Step", "error"]
