"""The staff who "have been told" are told: every open grader fault is on their course page until they resolve it."""

from __future__ import annotations

from sqlalchemy import select

from submissions.gradings import lifecycle
from submissions.models import Alert, AuditEntry, Grading, Role, State, Suite
from submissions.people import people
from submissions.regrades import regrades
from submissions.suites import courses
from tests.checks import passed
from tests.school import outcomes

COURSE = "/courses/dl/"
TEXT = "OSError: No space left on device: &lt;b&gt;"


def _alerts(school) -> list[Alert]:
    with school.database.read() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def test_a_grader_fault_is_on_the_staffs_course_page_with_its_text_and_submission(school, visit) -> None:
    submission = school.faulty("ada")
    for login in ("stan", "ines"):
        said = visit(login).get(COURSE).text
        assert TEXT in said
        assert f'href="/submissions/{submission}/">Ada Lovelace' in said
    assert "Grader faults" not in visit("ada").get(COURSE).text
    assert TEXT not in visit("ada").get(COURSE).text


def test_without_a_fault_there_is_nothing_to_tell(school, visit) -> None:
    school.graded("ada")
    assert "Grader faults" not in visit("stan").get(COURSE).text


def test_a_resolved_alert_leaves_the_page_and_is_in_the_audit_log(school, visit) -> None:
    school.faulty("ada")
    kept = school.faulty("bo")
    first, second = _alerts(school)
    stan = visit("stan")
    answer = stan.post(f"{COURSE}alerts/{first.id}/resolve")
    assert (answer.status_code, answer.location) == (303, COURSE)
    said = stan.get(COURSE).text
    assert "That fault is resolved." in said
    assert "Ada Lovelace" not in said
    assert f"/submissions/{kept}/" in said
    assert [alert.resolved_at is not None for alert in _alerts(school)] == [True, False]
    with school.database.read() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert (entry.actor, entry.action, entry.record) == ("stan", "resolve", f"alert {first.id}")
    assert stan.post(f"{COURSE}alerts/{first.id}/resolve").status_code == 404
    assert stan.post(f"{COURSE}alerts/{second.id}/resolve").status_code == 303
    assert "Grader faults" not in stan.get(COURSE).text


def test_staff_can_have_the_hand_in_graded_again_by_the_tests_published_now(school, visit) -> None:
    submission = school.faulty("ada")
    (alert,) = _alerts(school)
    with school.database.write() as session:
        mended = Suite(hash="6" * 64, assignment="hw1p1", blob="c" * 64, manifest=school.suite.manifest)
        session.add(mended)
        session.flush()
        courses.publish(session, school.assignment.id, passed(session, mended))
    stan = visit("stan")
    again = f"{COURSE}alerts/{alert.id}/again"
    assert f'formaction="{again}"' in stan.get(COURSE).text
    assert stan.post(again).status_code == 303
    with school.database.read() as session:
        old, new = session.scalars(select(Grading).order_by(Grading.id))
        (entry,) = session.scalars(select(AuditEntry))
    assert (old.state, new.state) == (State.FAULT, State.QUEUED)
    assert (new.submission_id, new.suite_id) == (submission, mended.id)
    assert school.woken == [new.id]
    assert (entry.actor, entry.action, entry.record) == ("stan", "grade again", f"alert {alert.id}")
    assert entry.detail == {
        "submission": submission,
        "student": "ada",
        "assignment": "hw1p1",
        "tests": "6" * 10,
        "outcome": "graded again",
    }
    said = stan.get(COURSE).text
    assert "That hand-in is graded again." in said
    assert "Grader faults" not in said
    assert stan.post(again).status_code == 404

    # The student sees the new grading, and then its score.
    ada = visit("ada")
    assert "on our side" not in ada.get(f"/submissions/{submission}/").text
    assert lifecycle.finish(school.database, school.claim(submission), outcomes("full"))
    assert 'class="score"' in ada.get(f"/submissions/{submission}/").text


def test_a_hand_in_that_a_regrade_has_is_not_graded_beside_it(school, visit) -> None:
    school.faulty("ada")
    (alert,) = _alerts(school)
    regrade = school.regraded()
    stan = visit("stan")
    again = f"{COURSE}alerts/{alert.id}/again"
    page = stan.get(COURSE).text
    assert f"Regrade {regrade}</a> grades it again" in page
    assert again not in page
    assert stan.post(again).status_code == 303
    assert "Publish or discard it first" in stan.get(COURSE).text
    assert _alerts(school)[0].resolved_at is None
    with school.database.write() as session:
        assert len(session.scalars(select(Grading)).all()) == 2
        regrades.discard(session, regrade, school.users["ines"])
    assert again in stan.get(COURSE).text
    stan.post(again)
    with school.database.read() as session:
        assert len(session.scalars(select(Grading)).all()) == 3


def test_staff_of_another_course_neither_see_nor_resolve_it(school, visit) -> None:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Another course")
        people.enrol(session, other.id, school.users["oz"].id, Role.INSTRUCTOR)
    school.faulty("ada")
    (alert,) = _alerts(school)
    oz = visit("oz")
    assert TEXT not in oz.get("/courses/other/").text
    for what in ("resolve", "again"):
        assert oz.post(f"/courses/other/alerts/{alert.id}/{what}").status_code == 404
    assert _alerts(school)[0].resolved_at is None


def test_a_grader_that_fails_for_everyone_does_not_drown_the_page(school, visit) -> None:
    for _ in range(22):
        school.faulty("ada")
    said = visit("stan").get(COURSE).text
    assert said.count("Resolved<") == 20
    assert "These are the newest 20;" in said
