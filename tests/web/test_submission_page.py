"""The submission page and its live part, in each state, for student and staff."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from grader.verdicts import CATALOGUE
from submissions.gradings import awaiting, lifecycle
from submissions.models import Grading, State, now
from submissions.models import TestResult as Row
from submissions.rules.rules import Shown
from submissions.scores.sight import Sight
from tests.school import outcomes
from web.frame.context import LONGEST_ARRIVAL
from web.results.outcome import Reader, to_mend


@pytest.fixture
def page(school, visit):
    """The text of a submission's page as that person sees it."""

    def page(submission: int, login: str = "ada", live: bool = False) -> str:
        answer = visit(login).get(f"/submissions/{submission}/" + ("live" if live else ""))
        assert answer.status_code == 200
        return answer.text

    return page


# While it waits and runs


def test_a_waiting_submission_says_its_place_and_the_expected_wait(school, page) -> None:
    school.graded("bo", "full")  # something was measured
    school.upload("bo")
    school.upload("chidi")
    said = page(school.upload("ada"))
    assert "2 hand-ins are ahead of yours." in said
    assert "an estimate from recent gradings" in said


def test_the_first_in_the_queue_is_told_so(school, page) -> None:
    assert "Yours is next." in page(school.upload("ada"))


def test_tests_tick_in_with_symbol_and_word(school, page) -> None:
    submission = school.upload("ada")
    lease = school.claim(submission)
    school.tick(lease, 0, done=False)
    assert "Sigmoid forward" in page(submission, live=True)
    assert "running" in page(submission, live=True)
    school.tick(lease, 0, done=True)
    said = page(submission, live=True)
    assert "passed" in said
    assert "✓" in said
    assert '1<span class="of"> of 22 tests done' in said


def test_a_hidden_test_does_not_tick_in_by_name(school, page) -> None:
    submission = school.running("ada", tests=20)
    assert "A network that nobody sees" not in page(submission)
    assert "A network that nobody sees" in page(submission, "ines")


def test_a_try_after_our_fault_says_it_is_ours(school, page) -> None:
    submission = school.upload("ada")
    lifecycle.fault(school.database, school.claim(submission), "OSError: disk", max_attempts=3)
    said = page(submission)
    assert "We are trying again." in said
    assert "OSError" not in said


@pytest.mark.parametrize("make", ["upload", "running"])
def test_a_page_that_is_not_final_asks_again_with_and_without_script(school, page, make) -> None:
    said = page(getattr(school, make)("ada"))
    assert 'hx-trigger="load delay:600ms, every 2s"' in said
    assert 'hx-trigger="every 2s"' in page(getattr(school, make)("ada"), live=True)
    assert '<noscript><meta http-equiv="refresh"' in said
    assert 'role="status"' in said


@pytest.mark.parametrize(("ahead", "seconds"), [(0, 2), (14, 2), (50, 10), (1000, 15)])
def test_a_page_asks_more_seldom_the_more_hand_ins_are_ahead(school, page, monkeypatch, ahead, seconds) -> None:
    monkeypatch.setattr(awaiting, "place", lambda *_: awaiting.Place(ahead, None))
    soon = "" if ahead else "load delay:600ms, "
    assert f'hx-trigger="{soon}every {seconds}s"' in page(school.upload("ada"))


@pytest.mark.parametrize("make", ["graded", "refused", "faulty"])
def test_a_final_page_asks_for_nothing_more(school, page, make) -> None:
    submission = getattr(school, make)("ada")
    for said in (page(submission), page(submission, live=True)):
        assert "hx-trigger" not in said
        assert "htmx" not in said
        assert "http-equiv" not in said


def test_a_live_part_that_did_not_change_is_not_sent_again(school, visit) -> None:
    submission = school.running("ada")
    ada = visit("ada")
    first = ada.get(f"/submissions/{submission}/live")
    again = ada.get(f"/submissions/{submission}/live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"


def test_a_page_behind_many_is_not_sent_again_for_each_of_them(school, visit) -> None:
    waiting = [school.upload("bo" if n % 2 else "chidi") for n in range(2)]
    with school.database.write() as session:
        session.execute(insert(Grading), [{"submission_id": waiting[0], "suite_id": 1} for _ in range(22)])
    submission = school.upload("ada")
    ada = visit("ada")
    first = ada.get(f"/submissions/{submission}/live")
    assert "About 20 hand-ins are ahead of yours." in first.text
    known = {"If-None-Match": first.headers["ETag"]}
    statuses = []
    for _ in range(6):
        with school.database.write() as session:
            queued = select(func.min(Grading.id)).where(Grading.state == State.QUEUED).scalar_subquery()
            session.execute(update(Grading).where(Grading.id == queued).values(state=State.SUPERSEDED))
        statuses.append(ada.get(f"/submissions/{submission}/live", headers=known).status_code)
    assert statuses == [304] * 4 + [200] * 2
    assert "<strong>18 hand-ins are ahead of yours." in ada.get(f"/submissions/{submission}/live").text


def test_each_test_that_begins_or_ends_changes_the_live_part(school, visit) -> None:
    submission = school.upload("ada")
    ada, lease, seen = visit("ada"), school.claim(submission), []
    for position in range(2):
        for done in (False, True):
            school.tick(lease, position, done=done)
            seen.append(ada.get(f"/submissions/{submission}/live").headers["ETag"])
    assert len(set(seen)) == 4


def test_a_live_part_that_changed_is_sent(school, visit) -> None:
    submission = school.upload("ada")
    ada = visit("ada")
    first = ada.get(f"/submissions/{submission}/live")
    school.claim(submission)
    again = ada.get(f"/submissions/{submission}/live", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


# When it is final


def test_the_score_stands_for_itself_and_by_task(school, page) -> None:
    report = outcomes("mistakes")
    said = page(school.graded("ada", "mistakes"))
    assert f'{report.score:g}<span class="of"> / {report.max_score:g} points' in said
    assert f'aria-label="{report.score:g} of {report.max_score:g} points"' in said
    for task in report.tasks:
        assert f'aria-label="{task.title}: {task.score:g} of {task.max_score:g} points"' in said


def test_a_bar_at_nothing_shows_nothing(school, page) -> None:
    said = page(school.graded("ada", "poor"))
    bars = re.findall(r'aria-label="[^"]*: 0 of [^"]*"[^>]*>(.*?)</svg>', said, re.DOTALL)
    assert bars
    assert not any("<rect" in bar for bar in bars)


def test_of_what_says_what_to_mend_the_most_points_come_first_and_at_most_three(school, page) -> None:
    said = page(school.graded("ada", "poor"))
    section = said[said.index('id="mend"') : said.index('id="tasks"')]
    points = [float(part.rsplit("<strong>", 1)[1]) for part in section.split(" points hang")[:-1]]
    assert points == sorted(points, reverse=True)
    assert len(points) == 3


def test_a_traceback_stands_under_its_sentence_line_by_line(school, page) -> None:
    said = page(school.graded("ada", "poor"))
    sentence = "operands could not be broadcast together with shapes (4,10) (4,)</p>"
    assert said.count(f'{sentence}<pre tabindex="0">  mytorch/loss.py, line 41</pre>') >= 2  # to mend, and by test


def test_one_mistake_under_many_tests_is_one_thing_to_mend(school, page) -> None:
    said = page(school.graded("ada", "mistakes"))
    section = said[said.index('id="mend"') : said.index('id="tasks"')]
    assert section.count("times too large") == 1
    assert "<code>dW</code> is 20 times too large" in section  # the plainest of the four
    assert "<strong>20 points hang on it</strong>" in section


def row(n: int, max_points: float, verdict: str, hints: list[dict[str, Any]], message: str = "") -> Row:
    return Row(
        test=f"test_{n}",
        title=f"Test {n}",
        position=n,
        points=0.0,
        max_points=max_points,
        verdict=verdict,
        message=message,
        hints=hints,
        visibility="always",
    )


STUDENT = Reader(staff=False, at=datetime.now(UTC), sight=Sight(datetime.now(UTC), None, output=Shown.NEVER))


def test_what_says_what_to_mend_goes_before_a_bare_difference_that_costs_more() -> None:
    hint = {"kind": "sign", "text": "`loss` has the wrong sign everywhere.", "params": {}}
    failed = [
        row(0, 2, "wrong", [hint]),
        row(1, 4, "crashed", [], "Your program ended."),
        row(2, 12, "wrong", [], "`dW` differs from the reference."),
    ]
    assert [mend.points for mend in to_mend(failed, STUDENT)] == [4, 2, 12]


def test_one_mistake_in_layers_of_other_sizes_is_one_thing_to_mend() -> None:
    lost = "has shape ({0},), where (1, {0}) belongs: an axis of length 1 was lost."
    texts = (
        f"`db[0]` {lost.format(64)}",
        f"`db[2]` {lost.format(32)} The same holds for `db[3]`.",
        f"`dbeta` {lost.format(64)}",
    )
    failed = [row(n, 5, "wrong", [{"kind": "shape", "text": text, "params": {}}]) for n, text in enumerate(texts)]
    assert [(mend.text, mend.points) for mend in to_mend(failed, STUDENT)] == [(texts[0], 10), (texts[2], 5)]


def test_full_marks_have_nothing_to_mend_and_say_what_is_worth_knowing(school, page) -> None:
    said = page(school.graded("ada", "full"))
    assert "Nothing to mend" in said
    assert "worth knowing" in said
    assert "Worth 0 points" in said


def test_failing_tests_are_open_and_passing_ones_folded(school, page) -> None:
    said = page(school.graded("ada", "mistakes"))
    assert '<details class="test" id="test-test-linear-layer-py-1" open>' in said
    assert '<details class="test" id="test-test-linear-layer-py-0">' in said


def test_what_an_earlier_test_said_word_for_word_is_folded_and_points_there(school, page) -> None:
    said = page(school.graded("ada", "poor"))
    tests = [
        (is_open, summary)
        for is_open, summary in re.findall(r'<details class="test" id="[^"]*"( open)?>(.*?)</summary>', said, re.DOTALL)
        if CATALOGUE["import_failed"].word in summary
    ]
    assert len(tests) > 1
    (first, first_title), *others = tests
    title = re.search(r"<span>(.*?) <span", first_title)[1]
    assert first == " open"
    assert "as above" not in first_title
    for is_open, summary in others:
        assert not is_open
        assert f"as above: {title}</span>" in summary


def test_hints_show_code_as_code(school, page) -> None:
    assert "<code>dW</code> is 20 times" in page(school.graded("ada"))


def test_what_the_program_printed_is_text_with_its_controls_shown(school, page) -> None:
    said = page(school.graded("ada", "poor"))
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert" in said
    assert "\x1b" not in said
    assert "␛[31mnan" in said


def test_output_is_not_shown_to_students_where_the_assignment_forbids_it(school, page) -> None:
    school.hide_output()
    submission = school.graded("ada")
    assert "What your program printed" not in page(submission)
    assert "What your program printed" in page(submission, "stan")


def test_staff_see_the_staffs_text_and_students_do_not(school, page) -> None:
    submission = school.graded("ada")
    assert "max relative error 19.0" in page(submission, "ines")
    assert "max relative error" not in page(submission)


def test_a_test_for_after_the_deadline_shows_itself_then(school, page) -> None:
    submission = school.graded("ada")
    assert "Batch normalization in inference" not in page(submission)
    assert "1 more test of this task is not shown now" in page(submission)
    # An upload that began in time may still be on its way.
    school.due(now() - LONGEST_ARRIVAL + timedelta(seconds=30))
    assert "Batch normalization in inference" not in page(submission)
    school.due(now() - LONGEST_ARRIVAL)
    assert "Batch normalization in inference" in page(submission)


def test_without_a_deadline_a_test_for_after_it_stays_hidden(school, page) -> None:
    school.due(None)
    assert "Batch normalization in inference" not in page(school.graded("ada"))


def test_a_test_for_nobody_is_for_staff_alone(school, page) -> None:
    submission = school.graded("ada")
    school.due(now() - timedelta(days=1))
    assert "A network that nobody sees" not in page(submission)
    assert "A network that nobody sees" in page(submission, "stan")


def test_our_fault_is_said_in_our_words_and_gives_no_score(school, page) -> None:
    said = page(school.faulty("ada"))
    assert "Something went wrong on our side. Your hand-in is safe" in said
    assert "No space left" not in said
    assert 'class="score"' not in said


def test_staff_see_the_faults_text_escaped(school, page) -> None:
    assert "No space left on device: &lt;b&gt;" in page(school.faulty("ada"), "ines")


def test_a_refused_grading_says_why_and_what_to_do(school, page) -> None:
    said = page(school.refused("ada"))
    assert "The archive ends in the middle of <code>hw1/hw1.py</code>." in said
    assert "Hand in again" in said
    assert 'class="score"' not in said


def test_which_upload_counts_is_said_on_each(school, page) -> None:
    first = school.graded("ada", "full", ago=timedelta(hours=1))
    second = school.graded("ada", "mistakes")
    assert "does not count" in page(first)
    assert f'href="/submissions/{second}/">newer upload</a> counts instead' in page(first)
    assert "</span> counts</span>" in page(second)


def test_the_page_has_the_receipt_and_the_time_of_each_phase(school, page) -> None:
    submission = school.graded("ada")
    said = page(submission)
    assert school.submissions()[0].blob in said
    for phase in outcomes("mistakes").phases:
        assert phase in said
    assert said.count('class="phase-') == 2 * (len(outcomes("mistakes").phases) + 1)  # and the recording of it
    assert "5e1f5e1f5e" in said  # which tests graded it


def test_staff_see_whose_it_is_and_names_in_any_script(school, page) -> None:
    submission = school.graded("chidi")
    assert "Hand-in of Chidi Ọ̀ṣun" in page(submission, "ines")
