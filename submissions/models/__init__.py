"""The tables, by subject. What counts, the score in the gradebook, is in none: `submissions.scores.counting` asks it.

Times are UTC with a zone. Rows about gradings are added and finished, never overwritten with another result.
"""

from submissions.models.base import Base, now
from submissions.models.by_hand import ManualScore, OpenAnswer, RubricItem
from submissions.models.courses import (
    Announcement,
    Assignment,
    Course,
    Enrolment,
    Extension,
    Invitation,
    Role,
    RosterDraft,
)
from submissions.models.feedback import Adjustment, Comment, Decision, HintUse, Request
from submissions.models.gradings import (
    FINAL,
    UNDER_WAY,
    Author,
    Grading,
    Phase,
    Progress,
    Queue,
    Regrade,
    State,
    Submission,
    TaskScore,
    TestResult,
)
from submissions.models.groups import Group, GroupInvitation, GroupMember
from submissions.models.people import ApiToken, User, WebSession
from submissions.models.service import Alert, AuditEntry, Pulse
from submissions.models.suites import Suite, SuiteCheck
from submissions.models.versions import CheckRun, CheckState, SyncedSuite

__all__ = [
    "FINAL",
    "UNDER_WAY",
    "Adjustment",
    "Alert",
    "Announcement",
    "ApiToken",
    "Assignment",
    "AuditEntry",
    "Author",
    "Base",
    "CheckRun",
    "CheckState",
    "Comment",
    "Course",
    "Decision",
    "Enrolment",
    "Extension",
    "Grading",
    "Group",
    "GroupInvitation",
    "GroupMember",
    "HintUse",
    "Invitation",
    "ManualScore",
    "OpenAnswer",
    "Phase",
    "Progress",
    "Pulse",
    "Queue",
    "Regrade",
    "Request",
    "Role",
    "RosterDraft",
    "RubricItem",
    "State",
    "Submission",
    "Suite",
    "SuiteCheck",
    "SyncedSuite",
    "TaskScore",
    "TestResult",
    "User",
    "WebSession",
    "now",
]
