"""The main job in a real browser: log in, hand in, watch the tests tick in, read what to mend."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from submissions.gradings import lifecycle
from tests.school import FILES, PASSWORD, School, archive, outcomes

pytestmark = pytest.mark.browser

HW = "/courses/dl/assignments/hw1p1/"


@pytest.fixture
def handin(tmp_path: Path) -> Path:
    """A real tarball on the student's disk."""
    path = tmp_path / "handin.tar"
    path.write_bytes(archive())
    return path


def _tab_to(page: Page, role: str, name: str) -> None:
    """Presses Tab until that element has the focus, and checks that one sees it there."""
    goal = page.get_by_role(role, name=name, exact=True).first
    for _ in range(40):
        page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            assert goal.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
    pytest.fail(f"the keyboard does not reach the {role} {name!r}")


def _grade(school: School, submission: int, kind: str = "mistakes") -> None:
    assert lifecycle.finish(school.database, school.claim(submission), outcomes(kind))


def test_the_whole_way_by_keyboard_alone(school, visit, handin) -> None:
    page = visit().page
    # Listening from the beginning: the window of the desktop that would open cannot be operated here.
    page.on("filechooser", lambda chooser: chooser.set_files(handin))
    page.goto("/")
    expect(page.get_by_label("Login")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses/dl/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, "button", "Hand in (Homework 1 Part 1: MyTorch)")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HW}")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "file":
            break
    page.keyboard.press("Space")
    expect(page.get_by_text("ready to hand in")).to_be_visible()
    _tab_to(page, "button", "Hand in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your hand-in")).to_be_visible()
    assert len(school.submissions()) == 1


def test_a_file_is_handed_in_by_dropping_it(school, visit, handin) -> None:
    page = visit("ada").page
    page.goto(HW)
    zone = page.locator("input[type=file]").bounding_box()
    point = {"x": zone["x"] + zone["width"] / 2, "y": zone["y"] + zone["height"] / 2}
    # The browser's own drag events, as from the desktop; script cannot make these.
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send(
            "Input.dispatchDragEvent",
            {"type": kind, **point, "data": {"items": [], "files": [str(handin)], "dragOperationsMask": 1}},
        )
        if kind == "dragOver":
            expect(page.locator("form.dragging")).to_be_visible()
    expect(page.get_by_text("✓ handin.tar, 11 kB: ready to hand in.")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Your hand-in")).to_be_visible()
    (submission,) = school.submissions()
    assert school.blobs.path(submission.blob).read_bytes() == handin.read_bytes()


LONG = "x" * 120


def _archived(folder: Path, files: Iterable[str], ending: str, kind: int) -> Path:
    folder.mkdir(exist_ok=True)
    archive = folder / f"handin.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w") as zip_file:
            for name in files:
                zip_file.writestr(name, "x = 1\n")
            zip_file.comment = b"made by hand"
        return archive
    with tarfile.open(archive, "w:gz" if ending == "tar.gz" else "w", format=kind) as tar:
        for name in files:
            member = tarfile.TarInfo(name)
            member.size = 6
            tar.addfile(member, io.BytesIO(b"x = 1\n"))
    return archive


def test_an_archive_of_another_assignment_is_told_before_it_is_sent(school, visit, tmp_path) -> None:
    page = visit("ada").page
    page.goto(HW)
    chooser = page.locator("input[type=file]")
    kinds = (("zip", 0), ("tar.gz", tarfile.GNU_FORMAT), ("tar", tarfile.GNU_FORMAT), ("tar", tarfile.PAX_FORMAT))
    for number, (ending, kind) in enumerate((*kinds, ("tar", tarfile.USTAR_FORMAT))):
        wrapped = [f"my work/{name}" for name in FILES]
        if kind != tarfile.USTAR_FORMAT:
            wrapped = [f"{LONG}/{LONG}.py", *wrapped, f"{LONG}/more.py"]
        chooser.set_input_files(_archived(tmp_path / f"right {number}", wrapped, ending, kind))
        expect(page.locator(".ready .told", has_text="ready to hand in")).to_be_visible()
        others = ["hw2.py", *FILES[3:]]
        chooser.set_input_files(_archived(tmp_path / f"another's {number}", others, ending, kind))
        told = f"✗ handin.{ending} lacks hw1/hw1.py and 2 more, asked for here. Is it the right archive?"
        expect(page.get_by_text(told)).to_be_visible()
    # The server is the one to know: it can be sent all the same.
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="This file was not taken")).to_be_visible()


def test_an_archive_that_cannot_be_read_here_is_left_to_the_server(visit, tmp_path) -> None:
    page = visit("ada").page
    page.goto(HW)
    for name, content in (("handin.tar", b"PK\x05\x06"), ("handin.zip", b"PK"), ("handin.tgz", b"\x1f\x8b cut")):
        (tmp_path / name).write_bytes(content)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(page.get_by_text(f"✓ {name}, 1 kB: ready to hand in.")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("hw1.py", 10, "is none of .tar, .tar.gz, .tgz, .zip"),
        ("handin.tar", 0, "is empty"),
        ("handin.tar", 20_000_001, "and at most 20.0 MB are taken"),
    ],
)
def test_a_wrong_file_is_told_before_it_is_sent(school, visit, tmp_path, name, size, told) -> None:
    page = visit("ada").page
    page.goto(HW)
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(size)
    page.set_input_files("input[type=file]", path)
    expect(page.get_by_text(told)).to_be_visible()
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Hand in").click()
    assert "POST" not in sent
    assert not school.submissions()


def test_after_a_wrong_file_the_right_one_can_be_handed_in(school, visit, handin) -> None:
    page = visit("ada").page
    page.goto(HW)
    page.set_input_files("input[type=file]", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(page.get_by_text("is none of .tar")).to_be_visible()
    page.set_input_files("input[type=file]", handin)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Your hand-in")).to_be_visible()


def test_tests_tick_in_and_the_result_comes_by_itself(school, visit) -> None:
    submission = school.upload("ada")
    visitor = visit("ada")
    page = visitor.page
    page.goto(f"/submissions/{submission}/")
    expect(page.get_by_text("Yours is next.")).to_be_visible()
    lease = school.claim(submission)
    school.tick(lease, 0, done=False, kind="mistakes")
    expect(page.locator(".ticking .now")).to_contain_text("Sigmoid forward")
    school.tick(lease, 0, done=True, kind="mistakes")
    school.tick(lease, 1, done=False, kind="mistakes")
    expect(page.locator(".ticking li").first).to_contain_text("passed")
    expect(page.locator(".figure")).to_contain_text("1 of 22 tests done")
    page.evaluate("document.getElementById('news').kept = true")
    assert lifecycle.finish(school.database, lease, outcomes("mistakes"))
    expect(page.locator(".score")).to_contain_text("58 / 88 points")
    expect(page.get_by_role("heading", name="Mend these first")).to_be_visible()
    expect(page).to_have_title("58 of 88 · Homework 1 Part 1: MyTorch · Handin")
    # A screen reader says what changes inside a live region, and nothing of a region that is new.
    expect(page.locator("#news")).to_contain_text("58 of 88")
    assert page.evaluate("document.getElementById('news').kept")
    assert visitor.complaints == []


def test_once_final_the_page_asks_no_more(school, visit) -> None:
    submission = school.running("ada")
    page = visit("ada").page
    page.goto(f"/submissions/{submission}/")
    with page.expect_response("**/live"):
        pass
    _finish_running(school, submission)
    expect(page.locator(".score")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    # Two and a half rounds of asking.
    with pytest.raises(PlaywrightTimeout):
        page.wait_for_event("request", timeout=5000)
    assert asked == []


def test_an_unchanged_page_is_not_sent_again_and_does_not_move(school, visit) -> None:
    submission = school.running("ada")
    page = visit("ada").page
    page.goto(f"/submissions/{submission}/")
    page.evaluate("document.querySelector('.ticking li').dataset.kept = 'yes'")
    page.get_by_role("link", name="Signed receipt").focus()
    for _ in range(2):
        with page.expect_response("**/live") as answer:
            pass
        assert answer.value.ok or answer.value.status == 304
    expect(page.get_by_role("link", name="Signed receipt")).to_be_focused()


def test_the_main_job_works_without_javascript(school, visit, handin) -> None:
    page = visit(java_script_enabled=False).page
    page.goto("/")
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Hand in").click()
    page.locator("input[type=file]").set_input_files(handin)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("Yours is next.")).to_be_visible()
    (submission,) = school.submissions()
    _grade(school, submission.id)
    # The page loads itself anew.
    expect(page.locator(".score")).to_contain_text("58 / 88 points", timeout=15_000)
    page.get_by_role("link", name="Linear backward").first.click()
    expect(page.locator("#test-test-linear-layer-py-1 .hints")).to_be_visible()


def test_a_passing_test_opens_by_keyboard(school, visit) -> None:
    page = visit("ada").page
    page.goto(f"/submissions/{school.graded('ada')}/")
    folded = page.locator("#test-test-linear-layer-py-0")
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(folded.locator(".detail")).to_be_visible()


def test_logging_out_leaves_nothing_behind_the_back_button(school, visit) -> None:
    page = visit("ada").page
    page.goto(f"/submissions/{school.graded('ada')}/")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.go_back()
    expect(page.locator(".score")).to_have_count(0)


def _finish_running(school: School, submission: int) -> None:
    """The worker that holds the submission's grading ends it."""
    from sqlalchemy import select

    from submissions.models import Grading

    with school.database.read() as session:
        grading = session.scalars(select(Grading).where(Grading.submission_id == submission)).one()
    lease = lifecycle.Lease(grading.id, grading.lease_token, 60, 1, False, "", "", "")
    assert lifecycle.finish(school.database, lease, outcomes("mistakes"))
