"""Grading a written answer and opening a hint, in a real browser."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from submissions.models import ManualScore

pytestmark = pytest.mark.browser


def test_an_answer_is_graded_by_the_keyboard_alone_and_without_script(school, visit) -> None:
    submission = school.answered("ada")
    page = visit("stan", java_script_enabled=False).page
    page.goto(f"/submissions/{submission}/")
    page.get_by_role("link", name="2 of 2 written answers to grade by hand").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Cancels the common factor").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "points"
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    page.keyboard.type("Well seen.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("7 given by Stan Staff").wait_for()
    assert page.url.endswith("#written-q1-1")
    assert page.get_by_role("checkbox", name="Cancels the common factor").is_checked()
    ada = visit("ada").page
    ada.goto(f"/submissions/{submission}/")
    ada.get_by_text("Well seen.").wait_for()
    assert ada.get_by_text("95 / 108 points").is_visible()


def test_mathematics_is_drawn_and_pictures_are_loaded(school, visit) -> None:
    visitor = visit("ada")
    page = visitor.page
    page.goto(f"/submissions/{school.answered('ada')}/documents/hw1.ipynb")
    # Drawn, a fraction is higher than a line of text.
    assert page.locator("mfrac").first.bounding_box()["height"] > 20
    for name in ("my sketch", "Picture among the outputs of code cell 2"):
        picture = page.get_by_role("img", name=name)
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    assert visitor.complaints == []


def test_a_hint_is_opened_and_the_next_is_said_to_cost(school, visit) -> None:
    school.hint_budget(2, 24)
    submission = school.graded("ada")
    page = visit("ada").page
    page.goto(f"/submissions/{submission}/")
    assert not page.get_by_text("times too large").first.is_visible()
    page.get_by_role("button", name="Show the hints of this test (Linear backward)").click()
    page.get_by_text("20 times too large").first.wait_for()
    assert page.url.endswith("#test-test-linear-layer-py-1")
    assert page.get_by_text("1 of 2 left; the next comes back in 23 hours").first.is_visible()


def test_two_grade_by_the_keyboard_at_once_and_what_they_gave_is_released(school, visit) -> None:
    for login in ("ada", "bo", "chidi"):
        school.answered(login, kind="mistakes")
    school.hold_points()
    stan, ines = visit("stan").page, visit("ines").page
    for page in (stan, ines):
        page.goto("/courses/dl/assignments/hw1p1/grading/")
        page.get_by_role("button", name="Grade next of Q1.1").press("Enter")
        page.get_by_role("checkbox", name="Cancels the common factor").wait_for()
    assert (stan.url[-8:], ines.url[-8:]) == ("/q1-1/1/", "/q1-1/2/")
    for page in (stan, ines):
        assert not page.get_by_text("Lovelace").or_(page.get_by_text("Søndergård")).count()
    stan.keyboard.press("1")
    stan.keyboard.press("2")
    stan.keyboard.press("3")
    stan.keyboard.press("3")
    stan.keyboard.press("Enter")
    stan.get_by_text("Saved: 8 of 8 points for hand-in 1.").wait_for()
    assert stan.url.endswith("/q1-1/3/")
    # Where one types, a number is a number.
    ines.get_by_role("textbox", name="Points of 8").focus()
    ines.keyboard.type("2.5")
    ines.keyboard.press("Enter")
    ines.get_by_text("There is nothing left here for you").wait_for()
    # Turned off, they stay off, on the next answer too.
    stan.get_by_role("checkbox", name="Use these keys").press("Space")
    stan.reload()
    stan.keyboard.press("2")
    assert not stan.get_by_role("checkbox", name="Cancels the common factor").is_checked()
    with school.database.read() as session:
        given = {each.submission_id: (each.points, each.rubric) for each in session.scalars(select(ManualScore))}
    assert given == {1: (8.0, [1, 2]), 2: (2.5, [])}
    ada = visit("ada").page
    ada.goto("/submissions/1/")
    assert ada.get_by_text("58 / 108 points").is_visible()
    ines.get_by_role("button", name="Release to students, with 4 not graded yet").press("Enter")
    ines.get_by_text("Released. 4 of the answers have no points yet.").wait_for()
    ada.reload()
    assert ada.get_by_text("66 / 108 points").is_visible()
