"""What a student may see of results at a moment: by the assignment's rules and by each test's own, the stricter.

Pure. A score gives away the tests in it: it is hidden while one of them is, until an instructor publishes the results.
Publishing shows the scores, and no test that is not for students.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from submissions.models import Assignment
from submissions.rules.rules import Shown


class Sight(msgspec.Struct, frozen=True):
    """Of a student with this deadline. `settled` is the latest moment before which nothing can still be on its way:
    what opens at a deadline opens when no upload can be made to suit it."""

    settled: datetime
    due_at: datetime | None
    tests: Shown = Shown.ALWAYS
    output: Shown = Shown.ALWAYS
    published: bool = False

    def _is_open(self, shown: Shown) -> bool:
        match shown:
            case Shown.ALWAYS:
                return True
            case Shown.AFTER_DUE:
                return self.due_at is not None and self.settled > self.due_at
            case Shown.AFTER_PUBLISHING:
                return self.published
            case Shown.NEVER:
                return False

    def test(self, visibility: str) -> bool:
        """Whether a test of this visibility is shown. One that is not known is not."""
        return self._is_open(self.tests) and visibility in _OWN and self._is_open(_OWN[visibility])

    def prints(self) -> bool:
        """Whether what the program printed is shown, of the tests that are."""
        return self._is_open(self.output)

    def total(self, manifest: Mapping[str, Any]) -> bool:
        """Whether scores by the tests of this suite are shown."""
        return self.published or all(self.test(each["visibility"]) for each in manifest["tests"] if each["points"])

    def hides_until(self, manifest: Mapping[str, Any]) -> Shown:
        """What a hidden total waits for: the deadline, or publishing."""
        own = {_OWN.get(each["visibility"], Shown.NEVER) for each in manifest["tests"] if each["points"]}
        dated = {self.tests, *own} <= {Shown.ALWAYS, Shown.AFTER_DUE}
        return Shown.AFTER_DUE if dated and self.due_at is not None else Shown.AFTER_PUBLISHING


# What a test's own visibility says, as `grader.author.task` takes it.
_OWN = {"always": Shown.ALWAYS, "after_due": Shown.AFTER_DUE, "never": Shown.NEVER}


def of(assignment: Assignment, due_at: datetime | None, settled: datetime) -> Sight:
    """What a student with this deadline sees of the assignment's results."""
    published = assignment.results_published_at is not None
    return Sight(settled, due_at, Shown(assignment.show_tests), Shown(assignment.show_output), published)
