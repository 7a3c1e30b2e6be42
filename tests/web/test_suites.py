"""The versions of an assignment's tests in the portal."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from grader.checking import Found, Level, Place, Result, Survey, Survivor
from submissions.models import Assignment, AuditEntry, CheckRun, CheckState, Regrade, Suite, SyncedSuite
from submissions.suites import check_runs, checked, courses
from submissions.suites.check_runs import Doing
from tests.checks import READY, passed
from tests.school import MANIFEST

ADDRESS = "/courses/dl/assignments/hw1p1/tests/"
SEEN = {"seen": "5e1f" * 16}  # the published tests, as the page's form says it
MISSED = Survivor(
    Place("mytorch/linear.py", 0, 7, 4), "np.sum(x)", "`np.mean(x)` became `np.sum(x)`", "no test runs it"
)
ALLOWED = Survivor(
    Place("hw1.py", 0, 19), "pass", "`shuffle(order)` was left out", "Each shuffles as they like.", named=True
)
EQUAL = Survivor(Place("hw1.py", 0, 23), "x", "`x` became `+x`", "the same values", equivalent=True)
TO_MEND = Result(
    "", (Found(Level.ERROR, "test_a.py", "test_b", "it catches no mutant"),), Survey(1, 0, (), ("test_b",))
)


@pytest.fixture
def newer(school):
    """A version that was synced after the published one, with one test more; its id."""
    tests = [
        *MANIFEST["tests"],
        {**MANIFEST["tests"][0], "id": "test_linear.py::bias", "title": "Bias <b>", "points": 3},
    ]
    with school.database.write() as session:
        session.get_one(Suite, school.suite.id).blob = school.packed(b"tolerance = 1e-4\n")
        blob = school.packed(b"tolerance = 1e-6  # <script>\n")
        suite = Suite(hash="9" * 64, assignment="hw1p1", blob=blob, manifest={**MANIFEST, "tests": tests})
        session.add(suite)
        session.flush()
        courses.bring(session, school.assignment.id, passed(session, suite), "ines")
        return suite.id


def published(school):
    with school.database.read() as session:
        return session.get_one(Assignment, school.assignment.id).suite_id


def test_versions_are_listed_with_the_one_that_counts(visit, newer):
    page = visit("stan").get(ADDRESS).text
    assert page.index("9999999999") < page.index("5e1f5e1f5e")
    assert page.count("not published") == 1


def test_a_version_shows_what_it_changes_against_the_published_one(visit, newer):
    page = visit("stan").get(f"{ADDRESS}{newer}/").text
    assert "1 file and 1 test changed" in page
    assert "<del>-tolerance = 1e-4</del>" in page
    assert "<ins>+tolerance = 1e-6  # &lt;script&gt;</ins>" in page
    assert "Bias &lt;b&gt;" in page


def test_publishing_gives_students_the_handout_that_came_with_the_version_and_says_so_before(school, visit, newer):
    school.hand_out(b"PK the first")
    other = "receive the handout that came with it, which is another."
    assert other not in visit("ines").get(f"{ADDRESS}{newer}/").text
    with school.database.write() as session:
        kept = school.blobs.put(io.BytesIO(b"PK the second"), 100).sha256
        courses.bring(session, school.assignment.id, session.get_one(Suite, newer), "ines", kept)
    assert other in visit("ines").get(f"{ADDRESS}{newer}/").text
    download = "/courses/dl/assignments/hw1p1/handout"
    assert visit("ada").get(download).data == b"PK the first"
    visit("ines").post(f"{ADDRESS}{newer}/publish", SEEN)
    assert visit("ada").get(download).data == b"PK the second"
    assert other not in visit("ines").get(f"{ADDRESS}{newer}/").text


def test_publishing_a_version_is_audited_and_leaves_scores_alone(school, visit, newer):
    school.graded("ada")
    before = visit("ada").get("/submissions/1/").text
    visit("ines").post(f"{ADDRESS}{newer}/publish", SEEN)
    assert published(school) == newer
    assert visit("ada").get("/submissions/1/").text.split("csrf")[0] == before.split("csrf")[0]
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "suite.publish")).one()
    assert (entry.actor, entry.course_id, entry.detail["suite"]) == ("ines", school.course.id, "9" * 64)


def test_a_form_that_does_not_say_what_was_published_publishes_nothing(school, visit, newer):
    answer = visit("ines").post(f"{ADDRESS}{newer}/publish")
    assert (answer.status_code, "Nothing was changed" in answer.text) == (422, True)
    assert published(school) == school.suite.id


def test_another_assignments_version_is_not_found_here(school, visit, newer):
    with school.database.write() as session:
        courses.create_assignment(session, school.course.id, "other", "Other")
    address = f"/courses/dl/assignments/other/tests/{newer}/"
    assert visit("ines").get(address).status_code == 404
    assert visit("ines").post(address + "publish").status_code == 404
    assert published(school) == school.suite.id


def test_a_version_shows_what_its_check_found_and_the_mutants_that_survive_with_their_lines(school, visit, newer):
    said = Found(Level.WARNING, "test_linear.py", "test_<b>", "give the `assert` a sentence <script>")
    found = Result("", (said,), Survey(80, 0, (MISSED, ALLOWED, EQUAL), ()))
    with school.database.write() as session:
        checked.keep(session, session.get_one(Suite, newer), found, "ines")
    listed = visit("stan").get(ADDRESS).text
    assert "1 mutant not caught" in listed
    assert listed.count("nothing to mend") == 3  # two versions, and the page's own first sentence
    page = visit("stan").get(f"{ADDRESS}{newer}/").text
    assert "1 mutant that no test catches" in page
    assert "test_&lt;b&gt;" in page
    assert "give the <code>assert</code> a sentence &lt;script&gt;" in page
    at = [page.index(f"line {line}") for line in (7, 19, 23)]
    assert at == sorted(at)
    assert "<code>np.mean(x)</code> became <code>np.sum(x)</code>" in page


@pytest.mark.parametrize(
    ("found", "says"), [(None, "It was never checked"), (TO_MEND, "To mend:</strong> <code>test_a.py</code>")]
)
def test_a_version_without_a_check_that_lets_it_pass_offers_no_button_and_is_not_published(school, visit, found, says):
    newer = school.synced(MANIFEST, b"# newer", "test_a.py", "ines", found).id
    ines = visit("ines")
    page = ines.get(f"{ADDRESS}{newer}/").text
    assert says in page
    assert "handin assignment sync dl FOLDER" in page
    assert f"{newer}/publish" not in page
    answer = ines.post(f"{ADDRESS}{newer}/publish", SEEN)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert published(school) == school.suite.id


def test_publishing_over_what_somebody_else_published_meanwhile_is_told_and_needs_a_second_look(school, visit, newer):
    third = school.synced(MANIFEST, b"# third", "test_a.py", "ines").id
    ines = visit("ines")
    seen = re.search(r'name="seen" value="(\w+)"', ines.get(f"{ADDRESS}{newer}/").text)[1]
    ines.post(f"{ADDRESS}{third}/publish", {"seen": seen})
    answer = ines.post(f"{ADDRESS}{newer}/publish", {"seen": seen})
    assert answer.status_code == 422
    assert "Since you opened this page, e711e711e7 was published" in answer.text
    assert published(school) == third
    again = re.search(r'name="seen" value="(\w+)"', answer.text)[1]
    assert ines.post(f"{ADDRESS}{newer}/publish", {"seen": again}).status_code == 303
    assert published(school) == newer


def test_tests_that_the_blob_store_has_lost_are_told_and_neither_published_nor_run(school, visit, newer):
    school.graded("ada")
    with school.database.read() as session:
        school.blobs.path(session.get_one(Suite, newer).blob).unlink()
    ines = visit("ines")
    told = "The tests 9999999999 are no longer in the blob store"
    assert told in ines.get(f"{ADDRESS}{newer}/").text
    answer = ines.post(f"{ADDRESS}{newer}/publish")
    assert (answer.status_code, told in answer.text) == (422, True)
    form = {"suite": str(newer), "chosen": "counting", "reason": "a wrong test"}
    answer = ines.post("/courses/dl/assignments/hw1p1/regrades/", form)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert published(school) == school.suite.id
    with school.database.read() as session:
        assert session.scalars(select(Regrade)).all() == []


def check_page(school):
    return f"{ADDRESS}{school.unchecked()}/"


def runs(school):
    with school.database.read() as session:
        return session.scalars(select(CheckRun).order_by(CheckRun.id)).all()


def test_an_instructor_has_a_version_checked_and_two_presses_make_one_check(school, visit):
    address = check_page(school)
    ines = visit("ines")
    assert "Check these tests" in ines.get(address).text
    for _ in range(2):
        assert ines.post(f"{address}check").status_code == 303
    (run,) = runs(school)
    assert school.woken == [run.id] * 2
    page = ines.get(address).text
    assert "It begins as soon as a worker is free." in page
    assert "Check these tests" not in page
    assert f"{address}check/live" in page
    assert "being checked" in visit("stan").get(ADDRESS).text
    with school.database.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "check.begin"))
    assert (entry.actor, entry.course_id, entry.detail) == ("ines", school.course.id, {"suite": "e711" * 16})


def test_who_waits_sees_how_far_a_check_is_until_the_page_is_another_one(school, visit):
    address = check_page(school)
    lease = check_runs.claim(school.database, school.checking(2), 60)
    check_runs.beat(school.database, lease, Doing("the reference, run 2 of 3: <b>Forward", 0, 0))
    stan = visit("stan")
    assert "Now: the reference, run 2 of 3: &lt;b&gt;Forward." in stan.get(f"{address}check/live").text
    check_runs.pause(school.database, lease, {}, Doing("mutant 5 of 9", 4, 9))
    live = stan.get(f"{address}check/live")
    assert "<strong>4</strong> of 9 mutants of the reference are tried." in live.text
    assert "HX-Refresh" not in live.headers
    page = stan.get(address).text
    assert "Give the check up" not in page
    assert '<noscript><meta http-equiv="refresh"' in page
    check_runs.finish(school.database, check_runs.claim(school.database, 1, 60), TO_MEND)
    assert stan.get(f"{address}check/live").headers["HX-Refresh"] == "true"
    assert "To mend:</strong> <code>test_a.py</code>" in stan.get(address).text


def test_a_check_that_passes_lets_the_version_be_published_and_nothing_else_does(school, visit):
    address = check_page(school)
    ines = visit("ines")
    school.checking(2)
    assert ines.post(f"{address}publish", SEEN).status_code == 422
    check_runs.finish(school.database, check_runs.claim(school.database, 1, 60), Result("", mutants=READY.mutants))
    page = ines.get(address).text
    assert ("nothing to mend" in page, "Check these tests" in page) == (True, False)
    assert ines.post(f"{address}publish", SEEN).status_code == 303
    assert published(school) == 2


def test_a_check_is_given_up_and_begun_anew(school, visit):
    address = check_page(school)
    ines = visit("ines")
    ines.post(f"{address}check")
    assert "Give the check up" in ines.get(address).text
    answer = ines.post(f"{address}check/cancel")
    assert answer.status_code == 303
    page = ines.get(address).text
    assert "The check was given up. Nothing of it counts." in page
    assert "Check these tests" in page
    assert [run.state for run in runs(school)] == [CheckState.CANCELLED]
    ines.post(f"{address}check/cancel")
    assert "This check has ended already" in ines.get(address).text
    ines.post(f"{address}check")
    assert len(runs(school)) == 2


def test_a_check_that_our_fault_ended_is_told_as_that_and_can_be_tried_again(school, visit):
    address = check_page(school)
    lease = check_runs.claim(school.database, school.checking(2), 60)
    check_runs.fault(school.database, lease, "OSError: no space left <b>", 1)
    page = visit("ines").get(address).text
    assert "by a fault of ours, and says nothing of these tests: OSError: no space left &lt;b&gt;" in page
    assert "Check these tests" in page


def test_a_version_whose_folder_is_lost_is_told_how_it_comes_back(school, visit):
    address = check_page(school)
    with school.database.read() as session:
        blob = session.scalars(select(SyncedSuite.folder).where(SyncedSuite.suite_id == 2)).one()
    school.blobs.path(blob).unlink()
    answer = visit("ines").post(f"{address}check")
    assert answer.status_code == 422
    assert "--check-later</code> keeps it again" in answer.text
    assert runs(school) == []


def test_what_is_ready_is_not_checked_again(school, visit, newer):
    answer = visit("ines").post(f"{ADDRESS}{newer}/check")
    assert (answer.status_code, "There is nothing to check here" in answer.text) == (422, True)
