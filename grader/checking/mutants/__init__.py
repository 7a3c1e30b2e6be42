"""Mutants: whether the tests of an assignment tell its reference from solutions with one mistake each.

`listing` makes them of a text, with the `operators`; the `stand`, a process of its own, has them sit tests; the
`survey` says who sits what, and keeps what survives.
"""

from grader.checking.mutants.findings import findings
from grader.checking.mutants.kept import kept_survey
from grader.checking.mutants.survey import survey

__all__ = ["findings", "kept_survey", "survey"]
