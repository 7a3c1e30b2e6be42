"""The pages that `test_pages` lists for staff, held to the same; each file goes to a process of its own."""

from __future__ import annotations

import pytest

from tests.browser.test_pages import PAGES, look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.parametrize("name", [name for name, (_, login, _) in PAGES.items() if login == "stan"])
def test_a_page_is_accessible_fits_and_keeps_to_the_policy(school, window, turn_to, pictures, name) -> None:
    look_at(name, school, window, turn_to, pictures)
