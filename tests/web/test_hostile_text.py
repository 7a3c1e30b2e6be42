"""Whatever anybody writes stays text: pages of hostile texts have the elements of pages of plain words, no other."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from tests.school import School, tar
from tests.web import hostile
from tests.web.conftest import Visitor

# What can run, load, send or take the page's place: exactly as many of each as on the page with plain words.
ACTIVE = {
    "script",
    "style",
    "link",
    "meta",
    "base",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "iframe",
    "object",
}
# What written answers become besides, by `web.rendering`, whose own tests hold it to its list.
OF_MARKDOWN = {"em", "strong", "blockquote", "hr", "br", "s"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "srcset", "background", "cite", "hx-get"}


class _Page(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data) -> None:
        self.text += data

    def active(self) -> Counter[str]:
        return Counter(tag for tag, _ in self.elements if tag in ACTIVE)

    def kinds(self) -> set[tuple[str, str]]:
        """Each element with each of its attributes' names."""
        return {(tag, name) for tag, attributes in self.elements for name in ("", *attributes)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, _Page, _Page]]]:
    """Each address with the page of hostile texts and the page of plain words in their places, by who reads them."""
    found: dict[str, list[tuple[str, _Page, _Page]]] = {}
    plain, evil = (_visited(tmp_path_factory.mktemp("school"), texts) for texts in _both())
    for login, answers in evil.items():
        found[login] = [
            (path, page, harmless) for (path, page), (_, harmless) in zip(answers, plain[login], strict=True)
        ]
    return found


def _both() -> tuple[list[str], list[str]]:
    return [f"{hostile.HARMLESS} {n}" for n in range(len(hostile.TEXTS))], hostile.TEXTS


def _visited(folder, texts: list[str]) -> dict[str, list[tuple[str, _Page]]]:
    school = School(folder / "data")
    app = school.app()
    found = {}
    for login, paths in hostile.live_in(school, texts).items():
        visitor = Visitor(app.test_client())
        if login:
            from submissions.people import people

            with school.database.write() as writing, visitor.client.session_transaction() as cookie:
                cookie["token"] = people.start_session(writing, school.users[login].id)
        answers = [(path, visitor.get(path)) for path in paths]
        # What is sent back as it was typed, or names what is in the archive.
        line = " ".join(texts)
        if login == "ada":
            answers.append(("a token", visitor.post("/account/tokens", {"label": line})))
            answers.append(
                ("a refusal", visitor.hand_in(tar(dict.fromkeys(map(hostile._name, texts), "x")), line[-150:]))
            )
        elif login == "stan":
            fields = {"points": line, "comment": line, "rubric": line, "seen": line}
            for path in ("comments", "code/evil.py", "documents/hw1.ipynb"):
                # Too long to be taken, so it comes back.
                typed = {"line": "1", "cell": "1", "text": (line * 400)[:5000]}
                answers.append((path, visitor.post(f"/submissions/1/{path}", typed)))
            answers.append(("points", visitor.post("/submissions/1/written/q1-2", fields)))
        elif login == "ines":
            fields = {"suite": line, "chosen": "student", "task": line, "login": line, "reason": line}
            answers.append(("a regrade", visitor.post("/courses/dl/assignments/hw1p1/regrades/", fields)))
            fields = dict.fromkeys(("title", "term", "slug", "number"), line) | {"unit": "weeks"}
            answers.append(("a copy", visitor.post("/courses/dl/copy/", fields)))
        else:
            answers.append(("a login", visitor.log_in(line, line, following=line)))
        found[login] = [(path, _Page(answer.text)) for path, answer in answers]
        assert all(answer.status_code < 500 for _, answer in answers)
    school.close()
    return found


@pytest.mark.parametrize("login", ["ada", "stan", "ines", ""])
def test_no_text_becomes_an_element_or_an_attribute(pages, login) -> None:
    everywhere = {kind for rows in pages.values() for _, _, harmless in rows for kind in harmless.kinds()}
    for path, page, harmless in pages[login]:
        assert page.active() == harmless.active(), path
        new = {kind for kind in page.kinds() - everywhere if kind[0] not in OF_MARKDOWN}
        assert not new, path
        names = [name for _, attributes in page.elements for name in attributes]
        assert not [name for name in names if name.startswith("on") or name == "style"], path


@pytest.mark.parametrize("login", ["ada", "stan", "ines", ""])
def test_no_text_becomes_an_address_of_elsewhere(pages, login) -> None:
    for path, page, _ in pages[login]:
        for tag, attributes in page.elements:
            for name in ADDRESSES & set(attributes):
                value = attributes[name]
                assert re.match(r"(?:/(?!/)|#|\?|data:image/png;base64,)|$", value), (path, tag, name, value)
                # One's own page again, at another place in it, and no more than that.
                assert not re.search(r"[<>\"\x00-\x20]", value), (path, tag, value)


def test_the_texts_are_on_the_pages_to_be_read(pages) -> None:
    """Else nothing was proved: each page of a course has them."""
    without = [
        path for login in ("ada", "stan", "ines") for path, page, _ in pages[login] if "alert(1)" not in page.text
    ]
    assert without == ["/"] * 3  # with one course only, it leads on to that
