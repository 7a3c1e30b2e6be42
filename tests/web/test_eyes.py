"""Staff see a page as a student does: by the same words, without a way to act, and without leaving a trace."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import inspect, text

from submissions.models import Decision, now
from tests.school import outcomes

COURSE, HW = "/courses/dl/", "/courses/dl/assignments/hw1p1/"
_TOKEN = re.compile(r'(name="csrf_token" value=")[^"]*"')
_OURS = re.compile(r'<fieldset class="seen-as-theirs"[^>]*>|</fieldset>(?=\s*</main>)')
_LIVE = re.compile(r"\?as=student(?=\" hx-trigger)")
_AGO = re.compile(r"\b(?:\d+ seconds? ago|just now)\b")


def main_of(page: str) -> str:
    """What a page shows, but for the bar, what makes its forms inert, and their tokens."""
    (main,) = re.findall(r"<main.*</main>", page, re.DOTALL)
    for ours, plain in ((_OURS, ""), (_TOKEN, r'\1"'), (_LIVE, ""), (_AGO, "now")):
        main = ours.sub(plain, main)
    return re.sub(r"\s+", " ", main)


def rows(school) -> dict[str, list]:
    """Everything in the database but when a login was last seen."""
    with school.database.read() as session:
        names = inspect(session.connection()).get_table_names()
        return {name: session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names if name != "web_session"}


def _graded(school) -> int:
    """Hidden tests, output, hints to open, words for staff, a comment on each place, points that are not released."""
    submission = school.answered("ada", kind="poor")
    school.hint_budget(2, 24)
    school.open_hints("Linear backward")
    school.give(submission, "q1-1", 3.25, "Nearly.", (0,))
    school.hold_points()
    school.say(submission, "Read the hint first.")
    school.decided("ada", Decision.POINTS, 5)
    school.asked(submission)
    school.regraded()
    school.reviewed(outcomes("full"))
    return submission


def _unpublished(school) -> int:
    """Graded, with a score that students do not see yet."""
    submission = school.graded("ada", "mistakes")
    school.rules(results_published_at=None, show_tests="after_publishing")
    return submission


@pytest.mark.parametrize(
    "come_to_pass",
    [
        _graded,
        _unpublished,
        lambda school: school.graded("ada", "mistakes"),
        lambda school: school.upload("ada"),
        lambda school: school.running("ada"),
        lambda school: school.refused("ada"),
        lambda school: school.faulty("ada"),
    ],
    ids=["graded", "unpublished", "mistakes", "queued", "running", "refused", "faulty"],
)
def test_a_submission_is_what_its_student_gets_and_looking_writes_nothing(school, visit, come_to_pass) -> None:
    submission = come_to_pass(school)
    ada, stan = visit("ada"), visit("stan")
    stan.get("/account/")
    for part in ("", "live"):
        path = f"/submissions/{submission}/{part}"
        before = rows(school)
        seen = stan.get(f"{path}?as=student")
        assert seen.status_code == 200
        assert rows(school) == before
        theirs = ada.get(path).text
        if part:
            seen, theirs = f"<main>{seen.text}</main>", f"<main>{theirs}</main>"
        else:
            seen = seen.text
            assert "You see this page as Ada Lovelace sees it" in seen
            assert main_of(stan.get(path).text) != main_of(theirs)
        assert main_of(seen) == main_of(theirs)


@pytest.mark.parametrize("group_size", [1, 2])
@pytest.mark.parametrize("path", [COURSE, HW])
def test_a_course_and_an_assignment_are_what_a_newcomer_gets(school, visit, path, group_size) -> None:
    school.graded("ada")
    school.joined("dora")
    stan = visit("stan")
    assert stan.hand_in().status_code == 303
    rules = {"late_percent": 10.0, "takes_grace": True, "most_uploads": 5, "pause_minutes": 10}
    school.rules(3, group_size=group_size, **rules)
    school.due(now() - timedelta(hours=5))
    before = rows(school)
    seen = stan.get(f"{path}?as=student").text
    assert rows(school) == before
    assert "You see this page as a student who has handed in nothing sees it" in seen
    assert main_of(seen) == main_of(visit("dora").get(path).text)
    assert main_of(seen) != main_of(stan.get(path).text)


def test_nothing_can_be_sent_from_it(school, visit) -> None:
    submission = _graded(school)
    stan = visit("stan")
    for path in (COURSE, HW, f"/submissions/{submission}/", f"/submissions/{submission}/live"):
        page = stan.get(f"{path}?as=student").text
        if not path.endswith("live"):
            before, inside = page.split('<fieldset class="seen-as-theirs" disabled', 1)
            assert ("<form" in before, inside.count("</main>")) == (True, 1)  # the one to log out
            page = inside
        assert set(re.findall(r'name="csrf_token" value="([^"]*)"', page)) <= {""}
    before = rows(school)
    for form in ("hints/", "choose", "requests", "comments"):
        refused = stan.client.post(f"/submissions/{submission}/{form}?as=student", data={"csrf_token": "", "text": "x"})
        assert refused.status_code == 400
    assert rows(school) == before
    # With a token of one's own it is still oneself who asks, and not Ada.
    assert stan.post(f"/submissions/{submission}/requests?as=student", {"text": "x"}).status_code == 403
    assert stan.post(f"/submissions/{submission}/comments?as=student", {"text": "By Stan."}).status_code == 303
    assert "By Stan." in visit("ada").get(f"/submissions/{submission}/").text


def test_only_staff_look_and_within_reach_alone(school, visit) -> None:
    submission = school.graded("ada")
    school.joined("dora", section="B")
    school.limited("sena", "B")
    for login, status in (("bo", 404), ("oz", 404), ("sena", 404), ("ada", 200), ("stan", 200)):
        assert visit(login).get(f"/submissions/{submission}/?as=student").status_code == status, login
    for path in (COURSE, HW, f"/submissions/{submission}/"):
        assert "seen-as" not in visit("ada").get(f"{path}?as=student").text
    school.moved("ada", "B")
    assert "as Ada Lovelace sees it" in visit("sena").get(f"/submissions/{submission}/?as=student").text


def test_what_no_student_sees_is_told(school, visit) -> None:
    submission = school.graded("ada")
    stan = visit("stan")
    own = stan.hand_in().location
    for path in (f"{own}?as=student", f"/submissions/{submission}/?as=student", f"{HW}?as=student"):
        if path.startswith("/submissions") and path != f"{own}?as=student":
            school.left("ada")
        if path.startswith(HW):
            school.opens(now() + timedelta(days=1))
        page = stan.get(path)
        assert (page.status_code, "Students do not see this page" in page.text) == (404, True), path
        assert stan.get(path.partition("?")[0]).status_code == 200


def test_one_logs_out_from_there_as_oneself(school, visit) -> None:
    stan = visit("stan")
    page = stan.get(f"{COURSE}?as=student").text
    token = re.search(r'action="/logout">\s*<input type="hidden" name="csrf_token" value="([^"]+)"', page)
    assert stan.client.post("/logout", data={"csrf_token": token[1]}).status_code == 303
    assert stan.get(COURSE).status_code == 303


def test_a_request_that_was_withdrawn_is_the_student_s_alone(school, visit) -> None:
    made = school.graded("ada")
    asked = school.asked(made, "On second thoughts, no.")
    visit("ada").post(f"/submissions/{made}/requests/{asked}/withdraw")
    page = f"/submissions/{made}/"
    assert "On second thoughts, no." in visit("ada").get(page).text
    for address in (page, f"{page}?as=student"):
        assert "On second thoughts, no." not in visit("stan").get(address).text
