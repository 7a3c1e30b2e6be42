"""What tests drew, in a real browser: the numbers behind the lines can be opened and read, and pictures do load."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_the_numbers_of_a_chart_open_with_the_keyboard_and_are_accessible(school, visit, width) -> None:
    visitor = visit("ada")
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/submissions/{school.graded('ada', 'full')}/")
    table = page.get_by_role("table")
    assert not table.is_visible()
    page.locator("summary", has_text="The numbers").focus()
    page.keyboard.press("Enter")
    table.wait_for()
    assert table.get_by_role("row").count() == 2 + 12
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visitor.complaints == []


def test_a_chart_has_a_name_and_a_description_for_those_who_hear_it(school, visit) -> None:
    page = visit("ada").page
    page.goto(f"/submissions/{school.graded('ada', 'mistakes')}/")
    charts = page.locator("svg.panel")
    assert charts.count() == 4
    assert page.get_by_role("img", name="val error by epoch", exact=True).count() == 1


def test_pictures_load_within_the_policy_and_keep_their_pixels(school, visit) -> None:
    visitor = visit("ines")
    visitor.page.goto(f"/submissions/{school.graded('ada', 'full')}/")
    pictures = visitor.page.locator(".pictures img")
    assert [picture.evaluate("image => image.naturalWidth") for picture in pictures.all()] == [8, 8]
    assert pictures.first.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    assert visitor.complaints == []
