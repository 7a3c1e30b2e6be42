"""Grading a written answer and opening a hint, in a real browser."""

from __future__ import annotations

import pytest

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
