"""A regrade in the portal: begun, watched, read, published for some or all, taken back; what a student sees of it."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from grader.checking import Found, Level, Result
from submissions import models
from submissions.gradings import lifecycle
from submissions.models import (
    Assignment,
    Grading,
    Phase,
    Regrade,
    Role,
    State,
    Submission,
    Suite,
    SuiteCheck,
    SyncedSuite,
)
from submissions.people import people
from submissions.regrades import regrades
from submissions.scores import counting
from submissions.suites import checked, courses
from tests.checks import passed
from tests.school import MANIFEST, outcomes

ADDRESS = "/courses/dl/assignments/hw1p1/regrades/"
SEEN = {"seen": "5e1f" * 16}
MEND = Found(Level.ERROR, "test_linear.py", "test_bias", "it catches no mutant of the reference")


@pytest.fixture
def newer(school):
    """A second version of the tests, synced and not published; its id."""
    with school.database.write() as session:
        suite = Suite(hash="9" * 64, assignment="hw1p1", blob=school.packed(b"# newer\n"), manifest=MANIFEST)
        session.add(suite)
        session.flush()
        passed(session, suite)
        session.add(SyncedSuite(assignment_id=school.assignment.id, suite_id=suite.id, by="ines"))
        return suite.id


def begin(visitor, suite, **form):
    return visitor.post(
        ADDRESS, {"suite": str(suite), "chosen": "counting", "reason": "dW was compared wrongly", **form}
    )


def run(school, kinds):
    """Grades what waits of a regrade, by login, until its review."""
    for _ in range(2):
        with school.database.read() as session:
            waiting = session.execute(
                select(Grading.id, Submission.user_id)
                .join(Submission, Submission.id == Grading.submission_id)
                .where(Grading.regrade_id.is_not(None), Grading.state == State.QUEUED)
            ).all()
        logins = {user.id: login for login, user in school.users.items()}
        for grading_id, user_id in waiting:
            lease = lifecycle.claim(school.database, grading_id, 60)
            assert lifecycle.finish(school.database, lease, outcomes(kinds[logins[user_id]]))
        if regrades.advance(school.database):
            return


@pytest.fixture
def reviewed(school, visit, newer):
    """Ada rises and Bo falls; returns the address of the review."""
    school.graded("ada", "mistakes")
    school.graded("bo", "full")
    school.graded("chidi", "poor")
    address = begin(visit("ines"), newer).location
    run(school, {"ada": "full", "bo": "mistakes", "chidi": "poor"})
    return address


def phase(school):
    with school.database.read() as session:
        return session.scalars(select(Regrade.phase)).one()


def test_beginning_leads_to_a_page_that_watches(school, visit, newer):
    school.graded("ada")
    answer = begin(visit("ines"), newer)
    assert answer.status_code == 303
    page = visit("ines").get(answer.location)
    assert "<strong>0</strong> of 1 grading is done" in page.text
    assert f'hx-get="{ADDRESS}1/live"' in page.text
    assert "Pause" in page.text
    assert visit("ines").get(f"{ADDRESS}1/live").status_code == 200


def test_the_live_part_asks_for_the_whole_page_once_there_is_a_review(school, visit, reviewed):
    assert visit("ines").get(reviewed + "live").headers["HX-Refresh"] == "true"


def test_the_review_says_in_one_sentence_what_would_change_and_shows_falls_first(visit, reviewed):
    page = visit("ines").get(reviewed).text
    assert "3 graded again: 1 rise, 1 fall, 1 stay" in page
    rows = re.findall(r'<td class="who"><a[^>]*>([^<]+)</a>', page)
    assert rows == ["Bo Søndergård", "Ada Lovelace"]
    task, test = (
        page.index("Linear Layer: <strong>4 of 4 → 2 of 4"),
        page.index("Linear backward: 2 (passed) → 0 (wrong"),
    )
    assert task < test
    assert "Publish all: 1 rise, 1 fall" in page
    assert "Publish where no score falls: 1 rise, 1 keep theirs" in page


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("falls", ["Bo Søndergård"]),
        ("rises", ["Ada Lovelace"]),
        ("unsteady", []),
        ("crosses", ["Bo Søndergård", "Ada Lovelace"]),
    ],
)
def test_the_rows_can_be_narrowed(visit, reviewed, only, names):
    page = visit("stan").get(reviewed, query_string={"only": only}).text
    assert re.findall(r'<td class="who"><a[^>]*>([^<]+)</a>', page) == names


def test_publishing_where_no_score_falls_moves_only_those_who_rise_and_can_be_taken_back(school, visit, reviewed):
    ines = visit("ines")
    ines.post(reviewed + "publish", {"release": "no_falls", **SEEN})
    assert phase(school) == Phase.PUBLISHED
    ada, bo = visit("ada").get("/submissions/1/").text, visit("bo").get("/submissions/2/").text
    assert "dW was compared wrongly" in ada
    assert "by Ines Instructor" in ada
    assert "dW was compared wrongly" not in bo
    published = ines.get(reviewed).text
    assert "3 graded again: 1 rise, 0 fall, 2 stay" in published
    assert "Take it back" in published
    ines.post(reviewed + "revert")
    assert phase(school) == Phase.REVERTED
    assert "dW was compared wrongly" not in visit("ada").get("/submissions/1/").text


def test_students_see_nothing_of_a_regrade_before_it_is_published(school, visit, reviewed):
    page = visit("ada").get("/submissions/1/").text
    assert "9" * 10 not in page
    assert "shadow" not in page
    with school.database.read() as session:
        hidden = session.scalars(
            select(models.TestResult.id).join(Grading).where(Grading.shadow.is_(True), Grading.submission_id == 1)
        ).all()
    assert visit("ada").post("/submissions/1/hints/", {"test": str(hidden[0])}).status_code == 404
    assert "in the shadow" in visit("stan").get("/submissions/1/").text


def test_staff_read_a_review_and_only_instructors_decide(school, visit, reviewed):
    assert "Publish" not in visit("stan").get(reviewed).text
    for move in ("publish", "discard", "pause", "revert"):
        assert visit("stan").post(reviewed + move).status_code == 403
    assert phase(school) == Phase.REVIEW


def test_a_regrade_whose_tests_no_check_lets_pass_says_so_in_its_review_and_is_not_published(
    school, visit, newer, reviewed
):
    with school.database.write() as session:
        checked.keep(session, session.get_one(Suite, newer), Result("", (MEND,)), "ines")
    ines = visit("ines")
    assert ines.get(ADDRESS).text.count("(no check lets it be published yet)") == 1
    page = ines.get(reviewed).text
    assert "The check of the tests 9999999999 found 1 to mend" in page
    assert "Publish all" not in page
    answer = ines.post(reviewed + "publish", {"release": "all", **SEEN}, follow_redirects=True)
    assert "found 1 to mend, so they are not published" in answer.text
    assert phase(school) == Phase.REVIEW
    with school.database.read() as session:
        assert session.scalars(select(Grading.id).where(Grading.shadow.is_(False), Grading.regrade_id == 1)).all() == []


def test_tests_that_are_published_need_no_check_to_regrade_with(school, visit):
    school.graded("ada", "mistakes")
    with school.database.write() as session:
        session.execute(delete(SuiteCheck))
    regrade = school.regraded()
    school.reviewed(outcomes("full"))
    ines = visit("ines")
    assert "Publish all" in ines.get(f"{ADDRESS}{regrade}/").text
    assert (
        "Published." in ines.post(f"{ADDRESS}{regrade}/publish", {"release": "all", **SEEN}, follow_redirects=True).text
    )


def test_a_regrade_whose_tests_the_blob_store_has_lost_says_so_and_is_not_published(school, visit, newer, reviewed):
    with school.database.read() as session:
        school.blobs.path(session.get_one(Suite, newer).blob).unlink()
    ines = visit("ines")
    told = "The tests 9999999999 are no longer in the blob store"
    page = ines.get(reviewed).text
    assert told in page
    assert "Publish all" not in page
    assert told in ines.post(reviewed + "publish", {"release": "all", **SEEN}, follow_redirects=True).text
    assert phase(school) == Phase.REVIEW


def test_a_second_regrade_while_one_is_not_decided_is_told_which_and_keeps_what_was_typed(
    school, visit, newer, reviewed
):
    answer = begin(visit("ines"), newer, reason="another reason")
    assert answer.status_code == 422
    assert "Regrade 1 of this assignment is not decided yet: publish or discard it first." in answer.text
    assert "another reason" in answer.text


def test_a_second_press_of_publish_is_told_and_changes_nothing(school, visit, reviewed):
    ines = visit("ines")
    ines.post(reviewed + "publish", {"release": "all", **SEEN})
    answer = ines.post(reviewed + "publish", {"release": "no_falls", **SEEN}, follow_redirects=True)
    assert "is published already" in answer.text


def test_publishing_without_saying_whose_scores_changes_nothing(school, visit, reviewed):
    answer = visit("ines").post(reviewed + "publish", follow_redirects=True)
    assert "Choose whose scores" in answer.text
    assert phase(school) == Phase.REVIEW


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"reason": ""}, "Say why"),
        ({"reason": "x" * 1001}, "1,001 characters"),
        ({"chosen": "nonsense"}, "Choose which submissions"),
        ({"suite": "77"}, "Choose the version"),
        ({"suite": "1; drop"}, "Choose the version"),
        ({"chosen": "student", "login": "<b>nobody</b>"}, "&lt;b&gt;nobody&lt;/b&gt;"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(school, visit, newer, form, says):
    school.graded("ada")
    answer = begin(visit("ines"), **{"suite": newer, **form})
    assert answer.status_code == 422
    assert says in answer.text
    with school.database.read() as session:
        assert session.scalars(select(Regrade)).all() == []


def test_a_regrade_of_another_assignment_is_not_found_under_this_one(school, visit, reviewed):
    with school.database.write() as session:
        session.add(Assignment(course_id=school.course.id, slug="other", title="Other", suite_id=school.suite.id))
    assert visit("ines").get(reviewed.replace("hw1p1", "other")).status_code == 404


def test_tests_that_somebody_published_since_the_page_was_opened_are_not_replaced_unread(school, visit, reviewed):
    third = school.synced(MANIFEST, b"# third", "test_a.py", "ines").id
    ines = visit("ines")
    seen = re.search(r'name="seen" value="(\w+)"', ines.get(reviewed).text)[1]
    ines.post(f"/courses/dl/assignments/hw1p1/tests/{third}/publish", SEEN)
    for form in ({"release": "all", "seen": seen}, {"release": "all"}):
        answer = ines.post(reviewed + "publish", form, follow_redirects=True)
        assert "Since you opened this page, e711e711e7 was published. Nothing was changed now" in answer.text
        assert phase(school) == Phase.REVIEW
    assert "in place of <code>e711e711e7</code>" in answer.text
    again = re.search(r'name="seen" value="(\w+)"', answer.text)[1]
    ines.post(reviewed + "publish", {"release": "all", "seen": again})
    assert phase(school) == Phase.PUBLISHED


@pytest.mark.parametrize("gone", ["tests", "handout"])
def test_a_publication_is_not_taken_back_to_tests_or_a_handout_that_are_lost(school, visit, reviewed, gone):
    with school.database.write() as session:
        handout = school.blobs.put(io.BytesIO(b"PK"), 2).sha256
        suite = session.get_one(Suite, school.suite.id)
        courses.bring(session, school.assignment.id, suite, "ines", handout)
        lost = handout if gone == "handout" else suite.blob
    ines = visit("ines")
    ines.post(reviewed + "publish", {"release": "all", **SEEN})
    assert "Take it back" in ines.get(reviewed).text
    school.blobs.path(lost).unlink()
    told = f"{'The handout of the' if gone == 'handout' else 'The'} tests 5e1f5e1f5e"
    page = ines.get(reviewed).text
    assert (told in page, "Take it back" in page) == (True, False)
    assert told in ines.post(reviewed + "revert", follow_redirects=True).text
    assert phase(school) == Phase.PUBLISHED


def test_what_was_released_by_whom_is_said_also_when_it_was_taken_back(school, visit, reviewed):
    with school.database.write() as session:
        people.enrol(session, school.course.id, school.users["oz"].id, Role.INSTRUCTOR)
    visit("oz").post(reviewed + "publish", {"release": "no_falls", **SEEN})
    assert "by Oz Outsider" in visit("ada").get("/submissions/1/").text
    ines = visit("ines")
    told = "Where no score falls, by Oz Outsider: 1 student kept a higher score."
    assert told in ines.get(reviewed).text
    assert told in visit("stan").get(reviewed).text
    assert "kept: would fall by" in ines.get(reviewed, query_string={"only": "held"}).text
    ines.post(reviewed + "revert")
    page = ines.get(reviewed).text
    assert told in page
    assert "1 rise, 0 fall, 2 stay (1 of them kept a higher score)" in page


def test_a_hand_in_that_the_new_tests_refuse_is_told_in_the_review_and_to_the_student(school, visit, newer):
    school.graded("ada", "full")
    address = begin(visit("ines"), newer).location
    for _ in range(2):
        with school.database.read() as session:
            waiting = session.scalars(select(Grading.id).where(Grading.state == State.QUEUED)).one()
        assert lifecycle.refuse(school.database, lifecycle.claim(school.database, waiting, 60), "`new.py` is missing.")
        regrades.advance(school.database)
    ines = visit("ines")
    page = ines.get(address).text
    assert "1 graded again: 0 rise, 1 fall" in page
    assert "The new tests refuse it: <code>new.py</code> is missing." in page
    assert "Then nothing counts." in page
    ines.post(address + "publish", {"release": "all", **SEEN})
    page = visit("ada").get("/submissions/1/").text
    assert "dW was compared wrongly" in page
    assert "no points now: the archive is refused" in page


def test_hand_ins_that_do_not_count_stand_apart_in_the_review(school, visit, newer):
    school.graded("ada", "full", timedelta(hours=1))
    school.graded("ada", "mistakes")
    address = begin(visit("ines"), newer, chosen="every").location
    school.reviewed(outcomes("mistakes"))
    stan = visit("stan")
    page = stan.get(address).text
    assert "2 graded again, 1 of which counts: 0 rise, 0 fall, 1 stay" in page
    others = stan.get(address, query_string={"only": "others"}).text
    assert "1 move no score" in others
    assert "does not count" in others.partition("<tbody>")[2]


def test_a_grading_of_a_discarded_regrade_says_so_to_staff(school, visit, newer):
    school.graded("ada")
    address = begin(visit("ines"), newer).location
    visit("ines").post(address + "discard")
    page = visit("stan").get("/submissions/1/").text
    assert "not graded: the regrade was discarded" in page
    assert "replaced by a newer upload" not in page


def test_a_score_that_a_regrade_has_changed_is_news_to_its_student_for_some_days(school, visit, reviewed):
    pages = ("/courses/dl/", "/courses/dl/assignments/hw1p1/")

    def told(login):
        return ["</span> regraded<" in visit(login).get(page).text for page in pages]

    assert told("ada") == [False, False]
    visit("ines").post(reviewed + "publish", {"release": "all", **SEEN})
    assert (told("ada"), told("chidi")) == ([True, True], [False, False])
    with school.database.write() as session:
        session.get_one(Regrade, 1).ended_at -= counting.NEWS
    assert told("ada") == [False, False]


def test_regrades_and_versions_of_the_tests_are_listed_a_page_at_a_time(school, visit):
    with school.database.write() as session:
        for number in range(55):
            suite = Suite(hash=f"{number:064}", assignment="hw1p1", blob="c" * 64, manifest=MANIFEST)
            courses.bring(session, school.assignment.id, passed(session, suite), "ines")
            if number < 25:
                session.add(
                    Regrade(
                        assignment_id=school.assignment.id,
                        suite_id=suite.id,
                        chosen="x",
                        reason="y",
                        phase=Phase.DISCARDED,
                        by_id=school.users["ines"].id,
                    )
                )
    stan = visit("stan")
    for address, row, sizes in (
        (ADDRESS, ">Regrade ", (20, 5)),
        (ADDRESS.replace("regrades", "tests"), "<code>0", (50, 5)),
    ):
        first, second = (stan.get(address, query_string={"page": page}).text for page in (1, 2))
        assert (first.count(row), 'rel="next"' in first) == (sizes[0], True)
        assert (second.count(row), 'rel="prev"' in second) == (sizes[1], True)


def test_our_fault_with_a_hand_in_that_does_not_count_can_be_graded_again_too(school, visit, newer):
    old = school.graded("ada", "full", timedelta(hours=1))
    school.graded("ada", "full")
    address = begin(visit("ines"), newer, chosen="every").location
    for grading in school.waiting():
        lease = lifecycle.claim(school.database, grading.id, 60)
        if grading.submission_id == old:
            assert lifecycle.fault(school.database, lease, "no space left", 1)
        else:
            assert lifecycle.finish(school.database, lease, outcomes("full"))
    assert regrades.advance(school.database) == [1]
    ines = visit("ines")
    assert "Grade the 1 again that our fault ended" in ines.get(address).text
    ines.post(address + "retry")
    assert [each.submission_id for each in school.waiting()] == [old]
