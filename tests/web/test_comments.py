"""What staff say of a hand-in, where students read it: on all of it, at a test, on a line of its code."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from submissions.models import Comment, Grading, now
from submissions.models import TestResult as Row
from submissions.people.reach import WHOLE
from submissions.scores import error_groups
from submissions.talk import comments
from tests.school import FILES, MANIFEST, School, archive, outcomes
from web.frame.context import LONGEST_ARRIVAL
from web.results import code, contents

LINEAR = "test_linear-layer.py::1"
LATER = "test_batch-normalization.py::1"  # which students see after the deadline
CODE = "import numpy as np\n\n\ndef forward(x):\n    return x @ x.T  # <b>\n"
FILE = "/submissions/1/code/mytorch/linear.py"


@pytest.fixture
def graded(school: School) -> int:
    return school.graded(
        "ada", content=archive(**{"mytorch/linear.py": CODE, "data.bin": b"\xff\x00", "empty.txt": ""})
    )


def _group(school: School, test: str = LINEAR) -> error_groups.Group:
    with school.database.read() as session:
        return next(e for e in error_groups.groups(session, school.assignment, WHOLE).groups if e.test == test)


def _groups_address(school: School, test: str = LINEAR) -> str:
    return f"/courses/dl/assignments/hw1p1/groups/{_group(school, test).key}/"


def _part(page: str, name: str) -> str:
    """A section of a page by the id of its heading, up to the next."""
    return page[page.index(f'id="{name}"') :].partition("</section>")[0]


def test_a_comment_on_the_whole_is_read_by_its_student(graded, visit) -> None:
    stan, ada = visit("stan"), visit("ada")
    assert "Comments</h2>" not in ada.get("/submissions/1/").text
    assert (
        stan.post("/submissions/1/comments", {"text": "Well done: see `Linear`."}).location
        == "/submissions/1/#comments"
    )
    said = ada.get("/submissions/1/").text
    assert "1 comment from staff" in said
    assert "Well done: see <code>Linear</code>." in _part(said, "comments")
    assert "Stan Staff" in _part(said, "comments")
    assert "Withdraw" not in said
    assert "textarea" not in _part(said, "comments")


def test_what_is_withdrawn_is_read_by_nobody(graded, visit) -> None:
    stan = visit("stan")
    stan.post("/submissions/1/comments", {"text": "Not for you."})
    assert stan.post("/submissions/1/comments/1/withdraw").status_code == 303
    assert stan.post("/submissions/1/comments/2/withdraw").status_code == 404
    for login in ("ada", "stan"):
        said = visit(login).get("/submissions/1/").text
        assert "Not for you." not in said
        assert "from staff" not in said


def test_a_comment_of_another_hand_in_is_not_withdrawn_here(school, graded, visit) -> None:
    other = school.graded("bo")
    school.say(other, "For Bo.")
    assert visit("stan").post("/submissions/1/comments/1/withdraw").status_code == 404
    assert "For Bo." in visit("bo").get(f"/submissions/{other}/").text


@pytest.mark.parametrize("text", ["", "  \n", "x" * (comments.LONGEST + 1)])
def test_what_cannot_be_said_stays_in_its_form(graded, visit, text) -> None:
    stan = visit("stan")
    forms = {"/submissions/1/comments": {}, FILE: {"line": "4"}}
    for path, fields in forms.items():
        answer = stan.post(path, {"text": text, **fields})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert f">{text.strip()}</textarea>" in answer.text


def test_a_file_is_shown_line_by_line_in_colours_and_as_text(graded, visit) -> None:
    said = visit("ada").get(FILE).text
    assert re.findall(r'id="L(\d+)"', said) == ["1", "2", "3", "4", "5"]
    assert '<span class="py-nf">forward</span>' in said
    assert "&lt;b&gt;" in said
    assert "<b>" not in said
    assert "?line=" not in said  # that is for staff


def test_staff_comment_on_a_line_and_the_student_reads_it_there(graded, visit) -> None:
    stan, ada = visit("stan"), visit("ada")
    assert "A comment on line 5" in stan.get(f"{FILE}?line=5").text
    assert "A comment on line" not in ada.get(f"{FILE}?line=5").text
    answer = stan.post(FILE, {"line": "5", "text": "Which axis is the batch?"})
    assert answer.location == f"{FILE}#L5"
    said = ada.get(FILE).text
    assert said.index('id="L5"') < said.index("Which axis is the batch?")
    page = ada.get("/submissions/1/").text
    assert f'<a href="{FILE}#L5">on line 5 of mytorch/linear.py</a>' in page
    assert re.search(r"mytorch/linear.py</a> <strong class=\"small\">1 comment</strong>", _part(page, "files"))
    assert stan.post("/submissions/1/comments/1/withdraw").location == f"{FILE}#L5"
    assert "Which axis" not in ada.get(FILE).text


@pytest.mark.parametrize("line", ["", "0", "-1", "6", "9" * 30, "x"])
def test_a_line_that_is_not_there_is_not_spoken_of(graded, visit, line) -> None:
    answer = visit("stan").post(FILE, {"line": line, "text": "Here."})
    assert answer.status_code == 422
    assert "go from 1 to 5" in answer.text
    assert visit("stan").get(f"{FILE}?line={line}").status_code == 200


@pytest.mark.parametrize(("file", "why"), [("data.bin", "it is no text"), ("empty.txt", "it is empty")])
def test_a_file_without_lines_says_why(graded, visit, file, why) -> None:
    said = visit("ada").get(f"/submissions/1/code/{file}").text
    assert why in said
    assert "The archive" in said
    assert visit("stan").post(f"/submissions/1/code/{file}", {"line": "1", "text": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["nix.py", "../handin.sqlite3", "mytorch", "mytorch/linear.py/"])
def test_a_file_that_was_not_handed_in_is_not_found(graded, visit, path) -> None:
    assert visit("stan").get(f"/submissions/1/code/{path}").status_code == 404


def test_comments_on_a_file_that_other_tests_arrange_otherwise_are_still_read(school, visit) -> None:
    """Where a file stands is up to the suite, and another one may put it elsewhere."""
    school.graded("ada")
    gone = "/submissions/1/code/hw1/old.py"
    for text in ("Which axis?", "And why?"):
        school.say(1, text, path="hw1/old.py", line=5)
    assert f'<a href="{gone}#L5">on line 5 of hw1/old.py</a>' in visit("ada").get("/submissions/1/").text
    said = visit("ada").get(gone).text
    assert "no file of this name" in said
    assert said.index("Line 5") < said.index("Which axis?")
    stan = visit("stan")
    assert stan.post(gone, {"line": "5", "text": "More."}).status_code == 422
    for number in (1, 2):
        answer = stan.post(f"/submissions/1/comments/{number}/withdraw")
        assert stan.get(answer.location.partition("#")[0]).status_code == 200
    assert "Which axis?" not in visit("ada").get(gone).text


def test_a_long_file_is_cut_and_says_so(school, visit, monkeypatch) -> None:
    monkeypatch.setattr(code, "MOST_LINES", 10)
    school.graded("ada", content=archive(**{"long.py": "x = 1\n" * 25}))
    said = visit("ada").get("/submissions/1/code/long.py").text
    assert said.count('class="row"') == 10
    assert "Not shown: 15 more lines" in said


def test_a_very_long_line_and_a_very_long_file_are_bounded(school, visit) -> None:
    line = "y" * (code.MOST_CHARACTERS + 5)
    school.graded("ada", content=archive(**{"long.py": line, "many.py": "a\n" * 150_000}))
    assert len(visit("ada").get("/submissions/1/code/long.py").text) < code.MOST_CHARACTERS + 10_000
    assert f"Not shown: {150_000 - code.MOST_LINES} more lines" in visit("ada").get("/submissions/1/code/many.py").text


def test_a_submission_lists_its_files_the_expected_ones_first(graded, visit) -> None:
    files = _part(visit("ada").get("/submissions/1/").text, "files")
    assert re.findall(r">([^<]+)</a>", files) == [*FILES, "data.bin", "empty.txt"]


def test_a_submission_whose_file_is_lost_still_has_its_page(school, visit) -> None:
    school.graded("ada", content=archive(**{"lost.py": "x"}))
    school.blobs.path(school.submissions()[0].blob).unlink()
    assert "Files</h2>" not in visit("ada").get("/submissions/1/").text
    assert visit("ada").get(FILE).status_code == 500  # and that page says what is the matter


# Groups


def test_the_groups_of_an_assignment_name_the_largest_first(school, visit) -> None:
    for login in ("ada", "bo"):
        school.graded(login, "mistakes")
    school.graded("chidi", "full")
    said = visit("stan").get("/courses/dl/assignments/hw1p1/groups/").text
    assert "The largest group has 3 of 3 students" in said
    assert "summed over the batch, not averaged" in said
    assert "The same in 3 more tests" in said
    assert "67 % of 3" in said
    assert visit("stan").get("/courses/dl/assignments/hw1p1/").text.count("/groups/") == 1
    assert "/groups/" not in visit("ada").get("/courses/dl/assignments/hw1p1/").text


def test_without_gradings_the_page_says_what_will_be_there(school, visit) -> None:
    assert "No groups yet" in visit("stan").get("/courses/dl/assignments/hw1p1/groups/").text


def test_one_answer_reaches_everybody_of_a_group_at_the_test(school, visit) -> None:
    first, second = school.graded("ada"), school.graded("bo")
    third = school.graded("chidi", "full")
    stan, here = visit("stan"), _groups_address(school)
    said = stan.get(here).text
    assert "2 of 3 students fail it in the same way" in said
    assert f"/submissions/{first}/#test-test-linear-layer-py-1" in said
    for told in ("Said to 2 students", "nothing was said twice"):
        assert stan.post(here, {"text": "Average over the *batch*."}).location == here
        assert told in stan.get(here).text
    for login, submission in (("ada", first), ("bo", second)):
        page = visit(login).get(f"/submissions/{submission}/").text
        assert "1 comment from staff" in page
        test = page[page.index('id="test-test-linear-layer-py-1"') :].partition("</details>")[0]
        assert "Average over the *batch*." in test
        assert "Stan Staff" in test
    assert "from staff" not in visit("chidi").get(f"/submissions/{third}/").text
    assert "to all of the 2" in stan.get(here).text


def test_a_group_shows_a_few_excerpts_of_code_that_is_not_the_same(school, visit) -> None:
    for login, line in (("ada", "return x @ x.T"), ("bo", "return x @ x.T"), ("chidi", "return '<b>'")):
        text = f"import numpy\n\nclass Linear:\n    def backward(self, x):\n        {line}\n"
        school.graded(login, content=archive(**{"mytorch/linear.py": text}))
    said = _part(visit("stan").get(_groups_address(school)).text, "code")
    assert said.count("<figure>") == 2
    assert 'href="/submissions/1/code/mytorch/linear.py#L4"' in said
    assert "&lt;b&gt;" in said
    assert "import numpy" not in said
    school.blobs.path(school.submissions()[0].blob).unlink()
    # Lost with the file that two of them handed in alike.
    assert _part(visit("stan").get(_groups_address(school)).text, "code").count("<figure>") == 1


def test_a_group_opens_each_hand_in_once_and_no_more_than_it_shows(school, visit, monkeypatch) -> None:
    monkeypatch.setattr("web.scores.error_groups._MOST_EXCERPTS", 2)
    for number, login in enumerate(("ada", "bo", "chidi")):
        text = f"class Linear:\n    def backward(self, x):\n        return {number}\n"
        school.graded(login, content=archive(**{"mytorch/linear.py": text}))
    read, opened = contents.archive, []
    monkeypatch.setattr(contents, "archive", lambda each: (opened.append(each.id), read(each))[1])
    assert visit("stan").get(_groups_address(school)).text.count("<figure>") == 2
    assert opened == [1, 2]


@pytest.mark.parametrize("text", ["", "x" * (comments.LONGEST + 1)])
def test_an_answer_that_cannot_be_given_stays_in_its_form(school, visit, text) -> None:
    school.graded("ada")
    answer = visit("stan").post(_groups_address(school), {"text": text})
    assert answer.status_code == 422
    assert f">{text}</textarea>" in answer.text


def test_an_answer_is_taken_back_from_everybody_at_once(school, visit) -> None:
    first, second = school.graded("ada"), school.graded("bo")
    stan, ines, here = visit("stan"), visit("ines"), _groups_address(school)
    stan.post(here, {"text": "Average."})
    ines.post(here, {"text": "Average."})  # hers stays
    school.say(first, "Well done.")
    mine = f"{here}withdraw/1"
    assert f'action="{mine}"' in stan.get(here).text
    assert stan.post(mine).location == here
    assert "Withdrawn from 2 hand-ins." in stan.get(here).text
    stan.post(mine)
    assert "It was withdrawn before." in stan.get(here).text
    for login, submission in (("ada", first), ("bo", second)):
        page = visit(login).get(f"/submissions/{submission}/").text
        test = page[page.index('id="test-test-linear-layer-py-1"') :].partition("</details>")[0]
        assert test.count("Average.") == 1
        assert "Ines Instructor" in test
    assert "Well done." in visit("ada").get(f"/submissions/{first}/").text


def _has_another_result(school: School, submission: int, **values: object) -> None:
    """Gives the hand-in's result of the linear test these values."""
    graded = select(Grading.id).where(Grading.submission_id == submission).scalar_subquery()
    with school.database.write() as session:
        session.execute(update(Row).where(Row.test == LINEAR, Row.grading_id == graded).values(**values))


def test_an_answer_is_taken_back_from_the_group_that_got_it_and_no_other(school, visit) -> None:
    _has_another_result(school, school.graded("ada"), symptom="another mistake")
    school.graded("bo")
    with school.database.read() as session:
        found = error_groups.groups(session, school.assignment, WHOLE).groups
    one, other = (f"/courses/dl/assignments/hw1p1/groups/{each.key}/" for each in found if each.test == LINEAR)
    stan = visit("stan")
    for here in (one, other):
        stan.post(here, {"text": "See the third exercise."})
        assert stan.get(here).text.count("Withdraw it everywhere") == 1
    stan.post(f"{one}withdraw/1")
    assert "Withdrawn from 1 hand-in." in stan.get(one).text
    assert "Withdraw it everywhere" not in stan.get(one).text
    assert "See the third exercise." in stan.get(other).text


def test_an_answer_to_a_group_that_everybody_left_is_still_there_to_be_taken_back(school, visit) -> None:
    submission = school.graded("ada", ago=timedelta(hours=1))
    stan, here = visit("stan"), _groups_address(school)
    stan.post(here, {"text": "Average."})
    school.graded("ada", "full")
    said = _part(stan.get(here).text, "reply")
    assert "to 1 hand-in no longer in the group" in said
    assert "<textarea" not in said
    stan.post(re.search(r'action="([^"]+)"', said)[1])
    assert 'id="reply"' not in stan.get(here).text
    assert "Average." not in visit("ada").get(f"/submissions/{submission}/").text


def test_a_comment_that_is_no_answer_to_a_group_is_not_taken_back_there(school, visit) -> None:
    submission = school.graded("ada")
    school.say(submission, "Well done.")
    visit("stan").post(f"{_groups_address(school)}withdraw/1")
    assert "Well done." in visit("ada").get(f"/submissions/{submission}/").text


def test_a_group_can_be_graded_again_by_itself(school, visit) -> None:
    first, second = school.graded("ada"), school.graded("bo")
    school.graded("chidi", "full")
    here, regrades = _groups_address(school), "/courses/dl/assignments/hw1p1/regrades/"
    assert f"{regrades}?alike=" not in visit("stan").get(here).text  # instructors decide what moves a score
    ines = visit("ines")
    address = re.search(rf'href="({regrades}\?alike=[^"]+)"', ines.get(here).text)[1]
    assert "fail “Linear backward” alike: 2 students" in ines.get(address).text
    fields = {"suite": str(school.suite.id), "chosen": "alike", "reason": "The test was wrong."}
    assert ines.post(regrades, fields).status_code == 422  # of no group
    assert ines.post(regrades, {**fields, "alike": address.partition("=")[2]}).status_code == 303
    with school.database.read() as session:
        again = session.scalars(select(Grading.submission_id).where(Grading.regrade_id == 1)).all()
    assert sorted(again) == [first, second]
    for page in (regrades, f"{regrades}1/"):
        assert "The submissions that count and fail “Linear backward” alike" in ines.get(page).text


def test_nobody_is_answered_in_a_group_that_everybody_left(school, visit) -> None:
    school.graded("ada", "mistakes")
    here = _groups_address(school)
    school.graded("ada", "full")
    stan = visit("stan")
    assert "any more" in stan.get(here).text
    assert stan.post(here, {"text": "Hello?"}).status_code == 422
    assert stan.get("/courses/dl/assignments/hw1p1/groups/0000000000000000/").status_code == 404


def test_what_is_said_at_a_test_that_comes_later_is_not_read_before(school, visit) -> None:
    """A student must not learn of a hidden test by what is said about it."""
    submission = school.graded("ada", "poor")
    here = _groups_address(school, LATER)
    stan = visit("stan")
    assert "once the deadline has passed" in stan.get(here).text
    stan.post(here, {"text": "The running mean."})
    before = visit("ada").get(f"/submissions/{submission}/").text
    assert "The running mean." not in before
    assert "from staff" not in before
    assert "The running mean." in stan.get(f"/submissions/{submission}/").text
    school.due(now() - LONGEST_ARRIVAL)
    assert "The running mean." in visit("ada").get(f"/submissions/{submission}/").text


def test_a_test_that_students_never_see_is_not_answered(school, visit) -> None:
    title = "A network that nobody sees"
    manifest_test = "test_hidden-layers.py::6"
    school.graded("ada", "poor")
    with school.database.write() as session:
        session.execute(update(Row).where(Row.title == title).values(verdict="wrong", points=0, symptom="wrong"))
    here = _groups_address(school, manifest_test)
    stan = visit("stan")
    assert "Students never see this test" in stan.get(here).text
    assert stan.post(here, {"text": "x"}).status_code == 422


def _graded_without(school: School, test: str, kind: str) -> None:
    """A regrade by tests that lack this one, published."""
    tests = [each for each in MANIFEST["tests"] if each["id"] != test]
    school.regraded(school.synced({**MANIFEST, "tests": tests}, b"x", "test_x.py", "ines"))
    report = outcomes(kind)
    school.reviewed(msgspec.structs.replace(report, tests=tuple(each for each in report.tests if each.id != test)))
    school.published(1)


def test_a_test_that_would_come_after_a_deadline_is_not_answered_where_there_is_none(school, visit) -> None:
    submission = school.graded("ada", "poor")
    school.due(None)
    here, stan = _groups_address(school, LATER), visit("stan")
    said = _part(stan.get(here).text, "reply")
    assert "as the assignment has no deadline" in said
    assert "<textarea" not in said
    answer = stan.post(here, {"text": "The running mean."})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert "The running mean." not in stan.get(f"/submissions/{submission}/").text


def test_who_was_graded_by_tests_that_hide_this_one_is_not_told(school, visit) -> None:
    hidden = school.graded("ada")
    _has_another_result(school, hidden, visibility="hidden")
    school.graded("bo")
    stan, here = visit("stan"), _groups_address(school)
    said = stan.get(here).text
    assert "Say it to 1 student<" in said
    assert "1 of the 2 never see this test" in said
    stan.post(here, {"text": "Average."})
    assert "Said to 1 student:" in stan.get(here).text
    assert "Average." not in stan.get(f"/submissions/{hidden}/").text


def test_an_answer_outlives_a_regrade_whose_tests_have_no_such_test(school, visit) -> None:
    submission = school.graded("ada")
    visit("stan").post(_groups_address(school), {"text": "Average."})
    _graded_without(school, LINEAR, "mistakes")
    assert "Average." in _part(visit("ada").get(f"/submissions/{submission}/").text, "comments")


def test_what_is_said_at_a_test_that_comes_later_stays_unread_after_a_regrade_without_it(school, visit) -> None:
    submission = school.graded("ada", "poor")
    visit("stan").post(_groups_address(school, LATER), {"text": "The running mean."})
    _graded_without(school, LATER, "poor")
    here = f"/submissions/{submission}/"
    assert "The running mean." not in visit("ada").get(here).text
    assert "from staff" not in visit("ada").get(here).text
    assert "The running mean." in _part(visit("stan").get(here).text, "comments")
    school.due(now() - LONGEST_ARRIVAL)
    assert "The running mean." in _part(visit("ada").get(here).text, "comments")


def test_what_is_said_at_a_test_of_which_nothing_is_known_is_for_staff(school, visit) -> None:
    submission = school.graded("ada", "poor")
    visit("stan").post(_groups_address(school), {"text": "Average."})
    with school.database.write() as session:
        session.execute(update(Comment).values(test="test_nobody-knows.py::1"))
    assert "Average." not in visit("ada").get(f"/submissions/{submission}/").text
    assert "Average." in visit("stan").get(f"/submissions/{submission}/").text
