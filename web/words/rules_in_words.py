"""The rules of an assignment as a student reads them, with their own dates and what is left of what they have; and what
a change of them has moved.

Pure functions from terms to sentences; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from grader.listing import listed
from submissions.changes.rule_changes import Moved
from submissions.clock import absolute
from submissions.handing_in.terms import Offer, Terms
from submissions.rules import rules
from submissions.rules.rules import Counted, Rules, Shown
from web.words.wording import points

SHOWN = {
    Shown.ALWAYS: "as soon as it is graded",
    Shown.AFTER_DUE: "minutes after the deadline, which is each student's own",
    Shown.AFTER_PUBLISHING: "once the course publishes the results",
    Shown.NEVER: "never",
}

MOST_MOVED = 200
"""Students whose moved scores a page lists."""


def sentences(terms: Terms, at: datetime) -> list[str]:
    """What holds for this student, a sentence or two each; the deadline itself stands elsewhere."""
    of, own = terms.rules, terms.own
    said = []
    if of.due_at and own.extended_to and own.extended_to > of.due_at:
        whose = "One of you has" if terms.fellows else "You have"
        said.append(f"{whose} an extension: without it, this was due {absolute(of.due_at, of.zone)}.")
    if own.spent:
        each = ", each of you," if terms.fellows else ""
        said.append(f"You gave{each} {days(own.spent)} of grace for it, which moved your deadline by as much.")
    said += of_everybody(of, terms.ends_at)
    if of.takes_grace:
        said.append(_grace(terms))
    left = terms.uploads_left(at)
    if left is not None:
        said.append(f"You have {left} {'upload' if left == 1 else 'uploads'} left now.")
    return said


def _grace(terms: Terms) -> str:
    left = terms.own.left
    if not terms.fellows:
        if not left:
            return "You have no grace days left in this course."
        return (
            f"You have {days(left)} of grace left in this course. One moves your deadline here by a day, and is spent "
            "only when you say so."
        )
    has = "has" if len(terms.short) == 1 else "have"
    if not left:
        why = f"{listed(terms.short)} {has} none left" if terms.short else "none of you has any left"
        return f"Your group can spend no grace days here, as each of you would have to: {why}."
    why = f" {listed(terms.short)} {has} no more than that." if terms.short else ""
    return (
        f"Your group has {days(left)} of grace to spend here. One moves your deadline by a day, is spent only when one "
        f"of you says so, and each of you gives it.{why}"
    )


def scores(moved: Sequence[Moved]) -> str:
    """Whose score a change moved, once it is made: who made it has seen which."""
    if not moved:
        return "No score moved."
    return f"{len(moved)} {'score' if len(moved) == 1 else 'scores'} moved, as was shown."


def of_everybody(of: Rules, ends_at: datetime | None) -> list[str]:
    """What the rules say to everybody."""
    said = []
    if of.late_percent:
        said.append(
            f"What comes late loses {points(of.late_percent)} % of its score for each {of.late_unit} that has begun."
        )
    if ends_at:
        said.append(f"Nothing is taken after {absolute(ends_at, of.zone)}.")
    if of.most_uploads is not None:
        window = f" in {rules.hours(of.upload_hours)}" if of.upload_hours is not None else " in all"
        number = f"{of.most_uploads} {'upload is' if of.most_uploads == 1 else 'uploads are'}"
        said.append(f"{number} taken{window}; one that could not be graded does not count.")
    if of.pause_minutes:
        said.append(f"There must be {rules.minutes(of.pause_minutes)} between two uploads.")
    if of.group_size > 1:
        said.append(
            f"Up to {of.group_size} students hand in together: what one of them uploads counts for all who are in the "
            "group then, by the latest of their deadlines."
        )
    if of.counted is Counted.BEST:
        after = ", after what lateness takes" if of.late_percent else ""
        said.append(f"The upload whose tests score best counts{after}.")
    elif of.counted is Counted.CHOSEN:
        said.append("Each student chooses which upload counts, on its page; until then, the last one does.")
    else:
        said.append("The last upload counts.")
    if of.show_tests is Shown.NEVER:
        said.append("What each test says is not shown; scores are, once the course publishes the results.")
    elif of.show_tests is not Shown.ALWAYS:
        said.append(f"What each test says is shown {SHOWN[of.show_tests]}, and so are the scores.")
    if of.show_tests is not Shown.NEVER and of.show_output not in (Shown.ALWAYS, of.show_tests):
        when = f"shown {SHOWN[of.show_output]}" if of.show_output is not Shown.NEVER else "not shown"
        said.append(f"What a program printed is {when}.")
    return said


def now(terms: Terms, at: datetime) -> str:
    """What becomes of a late upload at this moment; "" where none would be late, or none is taken."""
    judged = terms.judged(at)
    if judged.due_at is None or at <= judged.due_at or terms.refusal(at):
        return ""
    if not judged.penalty:
        return "An upload now is taken, graded and marked as late."
    more = terms.costs_more_at(at)
    until = f", until {absolute(more, terms.rules.zone)}" if more else ""
    return f"An upload now is late and loses {points(judged.penalty)} % of its score{until}."


def offered(offer: Offer) -> str:
    """What spending grace days would do."""
    takes = f"{points(offer.with_them)} % of the score" if offer.with_them else "nothing"
    return (
        f"You have {days(offer.left)} of grace left. Without them lateness takes {points(offer.without)} % of the "
        f"score; with {days(offer.days)} it takes {takes}."
    )


def days(number: int) -> str:
    """Such as `1 day`."""
    return f"{number} {'day' if number == 1 else 'days'}"
