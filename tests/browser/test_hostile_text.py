"""Pages of hostile texts in a real browser: nothing runs, nothing is loaded from elsewhere, nothing is amiss."""

from __future__ import annotations

import pytest

from tests.web import hostile

pytestmark = pytest.mark.browser


def test_nothing_that_anybody_wrote_acts_in_a_browser(school, visit) -> None:
    addresses = hostile.live_in(school, hostile.TEXTS)
    dialogs: list[str] = []
    asked: list[str] = []
    for login in ("ada", "stan", ""):
        visitor = visit(login)
        visitor.context.on("request", lambda request: asked.append(request.url))
        visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        for path in addresses[login]:
            visitor.page.goto(path)
            handlers = visitor.page.evaluate(
                "[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())"
                ".filter(name => name.startsWith('on') || name === 'style' || name === 'srcdoc')"
            )
            assert handlers == [], path
        assert visitor.complaints == [], login
        own = visitor.page.evaluate("location.origin")
    assert dialogs == []
    assert len(asked) > 50
    assert [url for url in asked if not url.startswith((own + "/", "data:image/png"))] == []
