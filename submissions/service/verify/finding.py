"""What a verification says: findings, each a sentence for an operator, and how much was looked at."""

from __future__ import annotations

from datetime import datetime

import msgspec

MOST = 1000
"""Findings that an outcome holds; of more, only their number: whoever lost a disk need not read of each file."""

FROM_OUTSIDE = "Handin never writes this: the records were changed or damaged from outside. Compare with a backup."

MISREAD = (ValueError, TypeError, LookupError)
"""What reading a value raises that is no time, no JSON, or not of the form that it must have."""


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be: the record that it is about, what is seen, and what to do.

    `whose` is for the operator alone: the health page is read by staff of other courses.
    """

    record: str
    seen: str
    remedy: str
    whose: str = ""

    def __str__(self) -> str:
        return f"{self.about}: {self.seen}. {self.remedy}"

    @property
    def about(self) -> str:
        """The record, and whose it is where that is known."""
        return f"{self.record} {self.whose}".rstrip()


class Counts(msgspec.Struct):
    """How much was looked at. `bytes`: what was read of blobs; `unclaimed`: blobs that no row has named for an hour."""

    submissions: int = 0
    gradings: int = 0
    receipts: int = 0
    blobs: int = 0
    bytes: int = 0
    suites: int = 0
    unclaimed: int = 0


class Outcome(msgspec.Struct):
    """A verification that is over. `quick`: no file was read. `found` counts all findings."""

    at: datetime
    quick: bool
    seconds: float = 0.0
    counts: Counts = msgspec.field(default_factory=Counts)
    findings: list[Finding] = msgspec.field(default_factory=list)
    found: int = 0

    def note(self, finding: Finding) -> None:
        """Adds a finding."""
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(finding)
