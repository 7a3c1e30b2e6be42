"""What a student's code returns becomes a figure within bounds, or a sentence; never a fault of the grader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from grader.examiner import figures
from grader.examiner.sides import Remote
from grader.report import Curve, Curves, Picture

DRAWING = Path(__file__).parent / "assignments" / "drawing"


def unasked(*_):
    raise AssertionError("the student's side was asked")


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.complex_numbers(),
    st.binary(max_size=3),
)
arrays = npst.arrays(
    st.one_of(npst.boolean_dtypes(), npst.integer_dtypes(), npst.floating_dtypes(), npst.complex_number_dtypes()),
    npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
anything = st.recursive(
    st.one_of(scalars, arrays, st.builds(lambda: Remote(unasked, 1, "", "thing"))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=2), inner)
    ),
    max_leaves=8,
)


def attempted(draw, *arguments):
    """The figure and no words, or no figure and the words for the student."""
    try:
        return draw(*arguments), ""
    except AssertionError as told:
        return None, str(told)


@given(anything)
def test_whatever_a_student_returns_is_a_curve_or_a_sentence(value):
    drawn, said = attempted(figures.curves, "Curves", "epoch", {"loss": (value, [1, 2, 3, 4])})
    if drawn is None:
        assert "`loss`" in said
    else:
        assert len(drawn.curves[0].got) == 4
        assert all(type(each) is float and np.isfinite(np.float32(each)) for each in drawn.curves[0].got)


@given(anything)
def test_whatever_a_student_returns_is_a_picture_or_a_sentence(value):
    drawn, said = attempted(figures.picture, "Image", value)
    if drawn is None:
        assert "`Image`" in said
    else:
        assert len(drawn.pixels) == drawn.height * drawn.width * drawn.channels
        assert 1 <= drawn.height <= figures.MAX_SIDE
        assert 1 <= drawn.width <= figures.MAX_SIDE
        assert drawn.channels in (1, 3)


def test_a_curve_is_kept_as_it_was_returned():
    got = np.array([2.5, 1.0], np.float32)
    assert figures.curves("Training", "epoch", {"loss": (got, (2, 1))}) == Curves(
        "Training", "epoch", (Curve("loss", (2.5, 1.0), (2.0, 1.0)),)
    )


@pytest.mark.parametrize(
    "got",
    [
        None,
        1.0,
        "ab",
        [None, None],
        [1.0],
        [1.0, np.nan],
        [1.0, np.inf],
        [1.0, 10**400],
        [1.0, 1e300],
        [[1.0], [2.0]],
        [1j, 2j],
    ],
    ids=repr,
)
def test_a_curve_that_cannot_be_drawn_takes_the_whole_chart_with_it(got):
    with pytest.raises(AssertionError, match="`error`"):
        figures.curves("Training", "epoch", {"loss": ([2, 1], [2, 1]), "error": (got, [2, 1])})


@pytest.mark.parametrize(
    "lines",
    [
        {},
        {str(n): ([1.0], [1.0]) for n in range(figures.MAX_CURVES + 1)},
        {"loss": ([], [])},
        {"loss": ([1.0], [np.nan])},
        {"loss": ([1.0], None)},
        {"loss": (np.zeros(501), np.zeros(501))},
    ],
    ids=["none", "too many", "no step", "NaN", "None", "too long"],
)
def test_what_the_author_gets_wrong_is_no_failure_of_the_student(lines):
    with pytest.raises(ValueError, match=r"curves|reference"):
        figures.curves("Training", "epoch", lines)


@pytest.mark.parametrize(
    ("image", "channels", "pixels"),
    [
        ([[0, 0.5, 1]], 1, [0, 128, 255]),
        ([[-3.0, 0.1, 7.0]], 1, [0, 26, 255]),
        (np.array([[0, 200, 255]], np.uint8), 1, [0, 200, 255]),
        (np.array([[True, False, True]]), 1, [255, 0, 255]),
        (np.array([[[1.0], [0.0], [0.2]]]), 1, [255, 0, 51]),
        (np.array([[[1.0, 0.0, 0.2]]]), 3, [255, 0, 51]),
    ],
    ids=["list", "beyond", "bytes", "booleans", "grey with a channel", "colour"],
)
def test_an_image_becomes_bytes(image, channels, pixels):
    drawn = figures.picture("Image", image)
    assert (drawn.channels, list(drawn.pixels)) == (channels, pixels)
    assert drawn.height * drawn.width * drawn.channels == len(pixels)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "numbers"),
        ([[0.0, np.nan]], "NaN"),
        ([[0.0], [0.0, 1.0]], "numbers"),
        (np.zeros(4), r"\(4,\)"),
        (np.zeros((2, 2, 2)), r"\(2, 2, 2\)"),
        (np.zeros((0, 2)), r"\(0, 2\)"),
        (np.zeros((97, 2)), r"\(97, 2\)"),
    ],
)
def test_an_image_that_cannot_be_drawn_is_told_in_words(image, said):
    with pytest.raises(AssertionError, match=said):
        figures.picture("Image", image)


# In gradings


@pytest.fixture
def drawn(grade):
    """The tests by function name, of a hand-in whose functions are given as sources."""
    right = (DRAWING / "reference" / "drawn.py").read_text()

    def drawn(changes=""):
        return {test.id.partition("::")[2]: test for test in grade({"drawn.py": right + changes}, DRAWING).tests}

    return drawn


@pytest.mark.sandbox
def test_a_grading_carries_what_its_tests_drew(drawn):
    tests = drawn()
    assert {test.verdict for test in tests.values()} == {"passed"}
    assert tests["test_curve"].figures == (
        Curves("A curve", "step", (Curve("value", (3.0, 2.0, 1.0), (3.0, 2.0, 1.0)),)),
    )
    assert tests["test_image"].figures == (Picture("An image", 2, 2, 1, bytes([0, 128, 255, 0])),)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("name = lambda: 'something else'", "wrong"),
        ("name = lambda: 1 / 0", "raised"),
        ("name = lambda: __import__('os')._exit(0)", "crashed"),
    ],
)
def test_a_picture_stays_when_the_test_fails_after_it(drawn, change, verdict):
    test = drawn(change)["test_image"]
    assert test.verdict == verdict
    assert [figure.title for figure in test.figures] == ["An image"]


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "value", ["None", "[None] * 3", "[1.0] * 4", "[float('nan')] * 3", "object()", "[object()] * 3"]
)
def test_what_cannot_be_drawn_fails_its_test_in_words_and_draws_nothing(drawn, value):
    test = drawn(f"curve = lambda: {value}")["test_curve"]
    assert (test.verdict, test.figures) == ("wrong", ())
    assert "`value`" in test.message
