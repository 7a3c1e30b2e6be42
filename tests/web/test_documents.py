"""A notebook's page: everything that is for reading, nothing that could run."""

from __future__ import annotations

import pytest

from submissions.talk import comments
from tests import written
from tests.school import FILES, MANIFEST, archive, tar
from web.results import contents, documents
from web.results.keeping import Keeper

NOTEBOOK = "/submissions/1/documents/hw1.ipynb"


@pytest.fixture
def shown(school, visit):
    def shown(*cells: dict, login: str = "ada") -> str:
        school.answered("ada", notebook=written.notebook(*cells))
        answer = visit(login).get(NOTEBOOK)
        assert answer.status_code == 200
        return answer.text

    return shown


def test_text_code_outputs_and_pictures_stand_in_their_order(school, visit) -> None:
    school.answered("ada")
    said = visit("stan").get(NOTEBOOK).text
    parts = ["Homework 3", "Q1.1 (8 points)", "my sketch", 'class="line"', "[[0.5 0.5]", "Picture among the outputs"]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert '<span class="py-nf">softmax</span>' in said
    assert "Of the hand-in of Ada Lovelace" in said


def test_the_submission_links_to_the_notebook_that_the_assignment_asks_for(school, visit) -> None:
    manifest = {**MANIFEST, "files": [*MANIFEST["files"], "hw1.ipynb", "proofs.pdf | proofs.md"]}
    school.publish(manifest)
    submission = school.graded("ada", content=archive(**{"hw1.ipynb": written.answered(), "proofs.md": b""}))
    said = visit("ada").get(f"/submissions/{submission}/").text
    assert f'<a href="/submissions/{submission}/documents/hw1.ipynb">hw1.ipynb</a>, as a page' in said
    assert "documents/proofs" not in said


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e"


@pytest.mark.parametrize(
    "cell",
    [
        written.text(HOSTILE),
        written.code(HOSTILE),
        written.code("x", written.printed(HOSTILE)),
        written.code("x", {"output_type": "error", "traceback": [HOSTILE]}),
        written.code("x", {"output_type": "execute_result", "data": {"text/plain": HOSTILE, "text/html": HOSTILE}}),
        written.code("x", {"output_type": "display_data", "data": {"image/svg+xml": HOSTILE, "text/html": HOSTILE}}),
        written.code("x", {"output_type": "display_data", "data": {"image/png": HOSTILE}}),
        {"cell_type": "raw", "source": HOSTILE},
        {"cell_type": HOSTILE, "source": HOSTILE},
        {"cell_type": "code", "source": "x", "metadata": {HOSTILE: HOSTILE, "name": HOSTILE}, "outputs": []},
        {
            "cell_type": "markdown",
            "source": f"![{HOSTILE}](attachment:a)",
            "attachments": {"a": {"image/png": HOSTILE}},
        },
        {"cell_type": "markdown", "source": "x", "attachments": {HOSTILE: {HOSTILE: HOSTILE}}},
    ],
    ids=str,
)
def test_nothing_hostile_of_a_cell_reaches_the_page(shown, cell) -> None:
    said = shown(cell)
    content = said[said.index("<main") : said.index("</main>")]
    for never in ("<script", "<img src=x", "onerror=alert(1)>", "\x1b", "\u202e"):
        assert never not in content


def test_what_is_left_out_is_said(shown) -> None:
    said = shown(written.code("x", {"output_type": "display_data", "data": {"text/html": "<table>"}}))
    assert "Not shown: 1 output of a kind that could run." in said


def test_a_notebook_without_end_is_cut_and_says_so(shown) -> None:
    said = shown(*[written.code("x = 1\n" * 900)] * 60)
    assert "more cells" in said
    assert len(said) < 6_000_000


def test_a_markdown_file_is_a_page_too(school, visit) -> None:
    school.answered("ada", **{"notes.md": b"# Notes\n\n$x^2$ <script>alert(1)</script>"})
    said = visit("ada").get("/submissions/1/documents/notes.md").text
    assert "<math" in said
    assert "<script>alert" not in said


@pytest.mark.parametrize("data", [b"{", b"\xff" * 100, b"[" * 50_000])
def test_a_notebook_that_cannot_be_read_says_why_and_where_it_is(school, visit, data) -> None:
    school.answered("ada", notebook=data)
    said = visit("ada").get(NOTEBOOK).text
    assert "This file cannot be shown:" in said
    assert 'href="/submissions/1/file"' in said


def test_a_hand_in_in_one_folder_is_read_as_the_grader_reads_it(school, visit) -> None:
    school.add_written_answers()
    files = {f"my homework/{name}": "" for name in FILES} | {"my homework/hw1.ipynb": written.answered()}
    submission = school.graded("ada", content=tar(files))
    assert visit("ada").get(f"/submissions/{submission}/documents/hw1.ipynb").status_code == 200
    assert "By definition" in visit("ada").get(f"/submissions/{submission}/").text


PICTURE = "/submissions/1/pictures/0/hw1.ipynb"


@pytest.fixture
def unpacked(monkeypatch) -> list[str]:
    """The blobs that were unpacked, each time that they were."""
    seen: list[str] = []
    files = contents.files

    def noted(submission, expected):
        seen.append(submission.blob)
        return files(submission, expected)

    monkeypatch.setattr(contents, "files", noted)
    monkeypatch.setattr(documents, "_PICTURES", Keeper(1_000_000))
    return seen


def test_the_pictures_of_a_page_unpack_the_hand_in_once(school, visit, unpacked) -> None:
    school.answered("ada")
    ada = visit("ada")
    answers = [ada.get(f"/submissions/1/pictures/{number}/hw1.ipynb") for number in (0, 1, 0)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.headers["ETag"] for answer in answers}) == 2
    assert len(unpacked) == 1
    school.graded("bo", content=archive(**{"hw1.ipynb": written.notebook()}))
    assert visit("bo").get("/submissions/2/pictures/0/hw1.ipynb").status_code == 404
    assert len(unpacked) == 2


def test_a_browser_keeps_a_picture_for_its_reader_alone(school, visit, unpacked) -> None:
    school.answered("ada")
    ada = visit("ada")
    answer = ada.get(PICTURE)
    assert answer.headers["Cache-Control"] == "private, max-age=3600, immutable"
    assert "Cookie" in answer.headers["Vary"]
    for path in (NOTEBOOK, "/submissions/1/pictures/99/hw1.ipynb", "/submissions/1/"):
        assert ada.get(path).headers["Cache-Control"] == "no-store"
    known = {"If-None-Match": answer.headers["ETag"]}
    unpacked.clear()
    again = ada.get(PICTURE, headers=known)
    assert (again.status_code, again.data, unpacked) == (304, b"", [])
    assert ada.get(PICTURE, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("login", ["", "bo"])
def test_a_picture_that_is_at_hand_is_shown_to_nobody_else(school, visit, login) -> None:
    school.answered("ada")
    known = {"If-None-Match": visit("ada").get(PICTURE).headers["ETag"]}
    for headers in ({}, known):
        answer = visit(login).get(PICTURE, headers=headers)
        assert answer.status_code in {303, 404}
        assert answer.headers["Cache-Control"] == "no-store"


def test_staff_comment_on_a_cell_and_the_student_reads_it_there(school, visit) -> None:
    stan, ada = visit("stan"), visit("ada")
    school.answered("ada")
    assert 'name="cell" value="2"' in stan.get(f"{NOTEBOOK}?cell=2").text
    assert 'name="cell"' not in ada.get(f"{NOTEBOOK}?cell=2").text
    assert stan.post(NOTEBOOK, {"cell": "2", "text": "Which axis?"}).location == f"{NOTEBOOK}#cell-1"
    said = ada.get(NOTEBOOK).text
    assert said.index('id="cell-1"') < said.index("Which axis?") < said.index('id="cell-2"')
    assert f'<a href="{NOTEBOOK}#cell-1">in hw1.ipynb</a>' in ada.get("/submissions/1/").text
    assert stan.post("/submissions/1/comments/1/withdraw").location == f"{NOTEBOOK}#cell-1"
    assert "Which axis" not in ada.get(NOTEBOOK).text


@pytest.mark.parametrize("cell", ["", "0", "-1", "999", "9" * 30, "x"])
def test_a_cell_that_is_not_there_is_not_spoken_of(school, visit, cell) -> None:
    school.answered("ada")
    answer = visit("stan").post(NOTEBOOK, {"cell": cell, "text": "Here."})
    assert answer.status_code == 422
    assert "The cells of this notebook that can be spoken of go from 1 to" in answer.text
    assert visit("stan").get(f"{NOTEBOOK}?cell={cell}").status_code == 200


def test_what_cannot_be_said_of_a_cell_stays_in_its_form(school, visit) -> None:
    school.answered("ada")
    answer = visit("stan").post(NOTEBOOK, {"cell": "1", "text": "x" * (comments.LONGEST + 1)})
    assert answer.status_code == 422
    assert f">{'x' * (comments.LONGEST + 1)}</textarea>" in answer.text


def test_comments_on_a_notebook_that_cannot_be_shown_are_still_read(school, visit) -> None:
    submission = school.answered("ada", notebook=b"{")
    school.say(submission, "Save it again.", path="hw1.ipynb", line=3)
    said = visit("ada").get(NOTEBOOK).text
    assert "On cells that are not shown" in said
    assert "Save it again." in said


def test_a_notebook_has_cells_and_no_lines_and_another_document_lines_and_no_cells(school, visit) -> None:
    school.answered("ada")
    stan = visit("stan")
    assert stan.get("/submissions/1/code/hw1.ipynb").status_code == 404
    assert stan.post("/submissions/1/documents/notes.md", {"cell": "1", "text": "x"}).status_code == 404
