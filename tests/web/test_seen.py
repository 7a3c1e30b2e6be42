"""What students see of their results, wherever these stand: nothing that is hidden shows, or shows through."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Grading, now
from submissions.rules.rules import Shown

PAGES = ("/", "/courses/dl/", "/courses/dl/assignments/hw1p1/", "/submissions/{}/", "/submissions/{}/live")
_CHANGING = re.compile(r'value="[^"]{40,}"|nonce-[^"\']+|datetime="[^"]+"|\d+ (second|minute)s? ago|just now')
RULES = "/courses/dl/assignments/hw1p1/rules/"
WAITS = "Your hand-in is safe, and graded. Its score will be here"


@pytest.fixture
def seen(school, app, visit):
    """All that a student is told of a submission: pages, and the API."""

    def see(submission: int, login: str = "ada") -> str:
        told = [visit(login).get(page.format(submission), follow_redirects=True) for page in PAGES]
        key = {"Authorization": f"Bearer {school.token(login)}"}
        told.append(app.test_client().get(f"/api/v1/submissions/{submission}", headers=key))
        assert {each.status_code for each in told} == {200}
        return _CHANGING.sub("…", "\n".join(each.text for each in told))

    return see


def _unpublished(school, **rules) -> None:
    school.rules(results_published_at=None, **rules)


def _other_outcomes(school, submission: int, visible: set[str]) -> None:
    """Each scored test that is not of these visibilities goes the other way, and so do the scores that it is in."""
    with school.database.write() as session:
        grading = session.scalars(select(Grading).where(Grading.submission_id == submission)).one()
        for test in grading.tests:
            if test.visibility not in visible and test.max_points:
                more = test.max_points - 2 * test.points
                test.points, test.verdict, test.message, test.hints = test.points + more, "passed", "", []
                if more < 0:
                    test.verdict, test.message = "wrong", "It differs."
                grading.score += more
                next(task for task in grading.tasks if task.task == test.task).score += more


@pytest.mark.parametrize("counted", ["last", "best"])
@pytest.mark.parametrize(
    ("rules", "visible"),
    [
        ({}, {"always"}),
        ({"show_tests": "after_due"}, set()),
        ({"show_tests": "after_publishing"}, set()),
        ({"show_tests": "never"}, set()),
    ],
    ids=["a test's own", "after due", "after publishing", "never"],
)
def test_nothing_that_a_student_is_told_depends_on_how_hidden_tests_went(school, seen, rules, visible, counted):
    before = school.graded("ada", "poor", ago=timedelta(hours=3))
    submission = school.graded("ada", ago=timedelta(hours=1))
    _unpublished(school, counted=counted, **rules)
    first = [seen(each) for each in (before, submission)]
    assert WAITS in first[1]
    _other_outcomes(school, submission, visible)
    assert [seen(each) for each in (before, submission)] == first


def test_staff_see_all_of_it(school, seen):
    submission = school.graded("ada")
    _unpublished(school, show_tests="never")
    before = seen(submission, "ines")
    assert WAITS not in before
    assert "A network that nobody sees" in before
    _other_outcomes(school, submission, set())
    assert seen(submission, "ines") != before


def test_a_score_that_waits_for_the_deadline_is_there_minutes_after_it(school, seen):
    # Its tests are for after the deadline, and one for nobody: that alone keeps the score back for longer.
    submission = school.graded("ada", ago=timedelta(hours=2))
    _unpublished(school, show_tests="after_due")
    assert "Mend these first" not in seen(submission)
    school.due(now() - timedelta(minutes=30))
    after = seen(submission)
    assert "Mend these first" in after
    assert "Batch normalization in inference" in after
    assert "A network that nobody sees" not in after
    assert "once your course publishes the results" in after


def test_publishing_shows_scores_and_can_be_taken_back_and_both_are_kept(school, visit, seen):
    submission = school.graded("ada")
    _unpublished(school)
    assert '<h2 id="results">Students do not see their scores yet</h2>' in visit("ines").get(RULES).text
    answer = visit("ines").post(f"{RULES}results", {"press": "publish"}, follow_redirects=True)
    assert "The results are published: students see their scores." in answer.text
    assert WAITS not in seen(submission)
    again = visit("ines").post(f"{RULES}results", {"press": "publish"}, follow_redirects=True)
    assert "nothing was changed" in again.text
    visit("ines").post(f"{RULES}results", {"press": "take-back"})
    assert WAITS in seen(submission)
    with school.database.read() as session:
        kept = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("results.")))
        assert kept.all() == ["results.publish", "results.take_back"]


def test_what_was_printed_waits_for_its_own_moment(school, visit):
    submission = school.graded("ada", "poor")
    words = "out of the program"
    page = f"/submissions/{submission}/"
    for shown, there in ((Shown.NEVER, False), (Shown.AFTER_DUE, False), (Shown.AFTER_PUBLISHING, True)):
        school.rules(show_output=shown)
        assert (words in visit("ada").get(page).text) == there
        assert words in visit("ines").get(page).text


def test_the_rules_page_sets_what_students_see_and_tells_them(school, visit):
    form = {"late_unit": "day", "counted": "last", "due_at": "2190-03-02T12:00", "opened_with": school.known_rules()}
    told = visit("ines").post(RULES, {**form, "show_tests": "after_publishing", "show_output": "never"})
    assert told.status_code == 303
    said = visit("ada").get("/courses/dl/assignments/hw1p1/").text
    assert "What each test says is shown once the course publishes the results, and so are the scores." in said
    assert "What a program printed is not shown." in said


def test_a_moment_that_there_is_not_is_told(school, visit):
    form = {"late_unit": "day", "counted": "last", "opened_with": school.known_rules()}
    told = visit("ines").post(RULES, {**form, "show_tests": "someday", "show_output": "after_due"})
    assert told.status_code == 422
    assert "Choose one of those that there are." in told.text
    assert "There is no deadline after which to show it" in told.text


def test_a_decision_of_staff_shows_and_tells_nothing_of_a_hidden_score(school, seen):
    submission = school.graded("ada")
    _unpublished(school, show_tests="never")
    school.decided("ada", "points", 5)
    said = seen(submission)
    assert "5 points added" in said
    first = said
    _other_outcomes(school, submission, set())
    assert seen(submission) == first


def test_which_of_hidden_uploads_is_the_better_is_not_told_by_what_can_be_asked_about(school, visit):
    uploads = school.graded("ada", "poor", ago=timedelta(hours=3)), school.graded("ada", "full", ago=timedelta(hours=1))
    _unpublished(school, counted="best", show_tests="after_publishing")
    form = {"text": "Please look again."}
    asked = [visit("ada").post(f"/submissions/{each}/requests", form).status_code for each in uploads]
    assert asked == [422, 422]
    school.rules(counted="best", show_tests="after_publishing", results_published_at=now())
    asked = [visit("ada").post(f"/submissions/{each}/requests", form).status_code for each in uploads]
    assert asked == [422, 303]
