"""The versions of an assignment's tests in the portal."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from submissions import courses
from submissions.models import Assignment, AuditEntry, Suite
from tests.school import MANIFEST

ADDRESS = "/courses/dl/assignments/hw1p1/tests/"


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
        courses.bring(session, school.assignment.id, suite, "ines")
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


def test_publishing_a_version_is_audited_and_leaves_scores_alone(school, visit, newer):
    school.graded("ada")
    before = visit("ada").get("/submissions/1/").text
    visit("ines").post(f"{ADDRESS}{newer}/publish")
    assert published(school) == newer
    assert visit("ada").get("/submissions/1/").text.split("csrf")[0] == before.split("csrf")[0]
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "suite.publish")).one()
    assert (entry.actor, entry.course_id, entry.detail["suite"]) == ("ines", school.course.id, "9" * 64)


def test_another_assignments_version_is_not_found_here(school, visit, newer):
    with school.database.write() as session:
        courses.create_assignment(session, school.course.id, "other", "Other")
    address = f"/courses/dl/assignments/other/tests/{newer}/"
    assert visit("ines").get(address).status_code == 404
    assert visit("ines").post(address + "publish").status_code == 404
    assert published(school) == school.suite.id
