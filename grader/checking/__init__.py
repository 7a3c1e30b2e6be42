"""Whether an assignment's folder may be published: it loads, its tests repeat, the reference gets full marks and the
starter what the folder says.

`steps` is the check; importing this package loads its records alone, since a page that shows a result needs no pytest.
It knows no command line. It runs the author's own code (tests, reference, the command that packs) with our rights, as
every grading does with the first two; what is handed in is graded in the sandbox like any other.
"""

from grader.checking.findings import Finding, Level, error
from grader.checking.result import Found, Result
from grader.checking.surveyed import Place, Survey, Survivor

__all__ = ["Finding", "Found", "Level", "Place", "Result", "Survey", "Survivor", "error"]
