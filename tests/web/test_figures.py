"""What tests drew, on the result's page: charts with their numbers, pictures, and nothing of a test that the reader may
not see."""

from __future__ import annotations

import base64
import io
import re
from datetime import timedelta

import msgspec
import png
import pytest

from grader.report import Curve, Curves, Picture
from submissions.gradings import lifecycle
from submissions.models import now
from tests.school import EPOCHS, outcomes
from web.results.figures import drawn


def shown(figure):
    """The figure as the page draws it, on the way through the database."""
    return drawn(msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(figure))))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_a_png_of_the_very_pixels(channels):
    pixels = bytes(range(2 * 5 * channels))
    image = shown(Picture("Image", 2, 5, channels, pixels))
    kind, _, data = image.address.partition(",")
    assert kind == "data:image/png;base64"
    width, height, rows, info = png.Reader(io.BytesIO(base64.b64decode(data))).read()
    assert (width, height, info["planes"]) == (5, 2, channels) == (image.width, image.height, channels)
    assert b"".join(map(bytes, rows)) == pixels


# On the page


@pytest.fixture
def page(visit):
    def page(submission, login="ada"):
        answer = visit(login).get(f"/submissions/{submission}/")
        assert answer.status_code == 200
        return answer.text

    return page


def test_curves_are_shown_with_axes_legend_words_and_numbers(school, page):
    said = page(school.graded("ada", "full"))
    assert said.count("<polyline") == 2 * 4
    for name in ("train loss", "train error", "val loss", "val error"):
        assert f"<title>{name} by epoch</title>" in said
    assert re.search(r"<desc>Yours: from 2.3 to 0.0\d+ in 12 epochs; the reference&#39;s from 2.3 to", said)
    assert said.count('scope="row"') == EPOCHS
    assert "which is worth 0 points: nothing here changes the score" in said


def test_staff_are_not_told_that_a_student_s_curve_is_theirs(school, page):
    said = page(school.graded("ada", "full"), "stan")
    assert "The student&#39;s: from" in said
    assert "Yours" not in said


def test_a_page_without_figures_has_no_place_for_them(school, page):
    said = page(school.graded("ada", "poor"))
    assert "What this test drew" not in said
    assert 'class="panels"' not in said


def test_pictures_of_a_test_that_nobody_sees_are_for_staff(school, page):
    submission = school.graded("ada", "full")
    assert "data:image/png" not in page(submission)
    assert page(submission, "ines").count("data:image/png") == 2


@pytest.mark.parametrize(("due", "there"), [(timedelta(hours=1), False), (timedelta(hours=-1), True)])
def test_a_figure_waits_for_the_deadline_with_its_test(school, page, due, there):
    school.due(now() + due)
    assert ("<polyline" in page(_drawing(school, visibility="after_due"))) == there


def test_words_of_a_figure_are_text_and_no_markup(school, page):
    curve = Curve("<i>loss</i>", (1.0, 2.0), (1.0, 2.0))
    said = page(_drawing(school, figures=(Curves("<script>", "<b>", (curve,)), Picture("<img>", 1, 1, 1, b"x"))))
    assert "<script>" not in said.replace("<script src", "")
    for tag in ("<i>", "<b>", "<img>"):
        assert tag not in said
    assert "&lt;i&gt;loss&lt;/i&gt; by &lt;b&gt;" in said


def _drawing(school, **changes):
    """A result whose test of training is another one."""
    report = outcomes("full")
    *tests, last = report.tests
    changed = msgspec.structs.replace(report, tests=(*tests, msgspec.structs.replace(last, **changes)))
    submission = school.upload("ada")
    assert lifecycle.finish(school.database, school.claim(submission), changed)
    return submission
