"""What holds of every hint: it gives no number of the reference away, it is true, and it never fails."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.assignment import Tolerance
from grader.examiner.disagreement import Disagreement, told
from grader.examiner.mistakes import accounts_for
from grader.examiner.trial import Trial
from grader.hints import explain
from grader.report import Hint

pytestmark = pytest.mark.slow

# How long an example takes says nothing here: other tests may run beside it.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RTOL, ATOL = 1e-4, 1e-8
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

shapes = arrays.array_shapes(max_dims=3, max_side=6)
seeds = st.integers(0, 2**32 - 1)
sizes = st.lists(st.integers(-1, 200), max_size=4)


def explained(got: object, expected: object, sizes: list[int] = [20]) -> tuple[Hint, ...]:  # noqa: B006 - only read
    return explain("dW", got, expected, sizes=sizes, rtol=RTOL, atol=ATOL)


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Numbers of many digits: none is one that a hint has a reason to say."""
    return np.random.default_rng(seed).normal(size=shape) * 3


# What students do to the right array, each with room for a shape of any kind.
MISTAKES: dict[str, Any] = {
    "right": lambda x, other: x,
    "unrelated": lambda x, other: other,
    "sign": lambda x, other: -x,
    "summed": lambda x, other: 20 * x,
    "averaged": lambda x, other: x / 20,
    "constant": lambda x, other: 3.7 * x,
    "offset": lambda x, other: x + 1.5,
    "columns": lambda x, other: x + other[:1],
    "transposed": lambda x, other: x.T,
    "reversed": lambda x, other: x[::-1],
    "flat": lambda x, other: x.ravel(),
    "deeper": lambda x, other: x[None],
    "mean": lambda x, other: x.mean(axis=0),
    "sum": lambda x, other: x.sum(),
    "number": lambda x, other: float(x.mean()),
    "nearly": lambda x, other: x * (1 + 5e-4 * np.tanh(other)),
    "zeros": lambda x, other: x * 0,
    "masked": lambda x, other: np.where(other > 0, x, 0),
    "mixed": lambda x, other: np.where(other > 1, other, x),
    "not finite": lambda x, other: np.where(other > 1, np.nan, x),
    "whole": lambda x, other: x.astype(int),
    "single": lambda x, other: x.astype(np.float32),
    "list": lambda x, other: x.tolist(),
    "none": lambda x, other: None,
}


@settings(UNHURRIED, max_examples=400)
@given(shape=shapes, seed=seeds, mistake=st.sampled_from(sorted(MISTAKES)), sizes=sizes)
def test_no_hint_says_a_number_of_the_reference(
    shape: tuple[int, ...], seed: int, mistake: str, sizes: list[int]
) -> None:
    expected = drawn(shape, seed)
    found = explained(MISTAKES[mistake](expected, drawn(shape, seed + 1)), expected, sizes)
    assert len(found) <= 3
    said = [float(text) for hint in found for text in NUMBER.findall(hint.text)]
    said += [float(value) for hint in found for value in hint.params.values() if isinstance(value, int | float)]
    close = np.isclose(np.abs(np.reshape(said, (-1, 1))), np.abs(expected).ravel(), rtol=1e-6, atol=0)
    assert not close.any()
    written = " ".join(str([hint.text, hint.params]) for hint in found)
    # Smaller ones may look like the power of ten that a hint gives.
    for number in np.abs(expected[np.abs(expected) > 0.01]):
        assert f"{number:.3f}" not in written


@settings(UNHURRIED, max_examples=400)
@given(shape=arrays.array_shapes(min_dims=1, max_dims=3, min_side=2, max_side=6), seed=seeds, sizes=sizes)
def test_unrelated_arrays_get_no_hint(shape: tuple[int, ...], seed: int, sizes: list[int]) -> None:
    assert explained(drawn(shape, seed), drawn(shape, seed + 1), sizes) == ()


REBUILT = {
    "sign": lambda x, params: -x,
    "transpose": lambda x, params: x.T,
    "zeros": lambda x, params: 0 * x,
}


@settings(UNHURRIED, max_examples=400)
@given(
    shape=arrays.array_shapes(min_dims=2, max_dims=2, max_side=6), seed=seeds, mistake=st.sampled_from(sorted(MISTAKES))
)
def test_a_hint_that_names_a_relation_is_true_of_every_entry(shape: tuple[int, ...], seed: int, mistake: str) -> None:
    expected = drawn(shape, seed)
    got = MISTAKES[mistake](expected, drawn(shape, seed + 1))
    for hint in explained(got, expected):
        if hint.kind in REBUILT:
            np.testing.assert_allclose(got, REBUILT[hint.kind](expected, hint.params), rtol=RTOL, atol=ATOL)
        elif hint.kind == "factor" and "factor" in hint.params and got.shape == expected.shape:
            np.testing.assert_allclose(got, hint.params["factor"] * expected, rtol=RTOL, atol=ATOL)
        elif hint.kind == "offset":
            difference = got - expected
            spread = {"all": np.ptp(difference), "columns": np.ptp(difference, 0), "rows": np.ptp(difference, 1)}
            assert np.max(spread[str(hint.params["along"])]) < 1e-2
        elif hint.kind == "factor" and "along" in hint.params:
            ratio = got / expected
            assert (
                np.max(np.ptp(ratio, axis={"columns": 0, "rows": 1}[str(hint.params["along"])]) / np.abs(ratio)) < 1e-2
            )
        elif hint.kind == "order":
            np.testing.assert_allclose(np.sort(got, axis=None), np.sort(expected, axis=None))
        elif hint.kind == "noise":
            np.testing.assert_allclose(got, expected, rtol=2 * hint.params["within"], atol=0.1 * hint.params["within"])


dtypes = (
    arrays.boolean_dtypes()
    | arrays.integer_dtypes()
    | arrays.unsigned_integer_dtypes()
    | arrays.floating_dtypes()
    | arrays.complex_number_dtypes()
    | arrays.unicode_string_dtypes()
    | arrays.byte_string_dtypes()
    | arrays.datetime64_dtypes()
)
any_array = arrays.arrays(dtypes, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
huge = st.sampled_from(
    [10**400, -(10**400), np.float64(1e308), np.int64(-(2**63)), np.float16("nan"), np.longdouble(1)]
)


@settings(UNHURRIED, max_examples=600)
@given(
    got=any_array | plain | huge,
    expected=any_array | plain | arrays.arrays(np.float64, shapes, elements=st.floats(-9, 9)),
    sizes=sizes,
)
def test_whatever_comes_back_is_explained_without_failing(got: object, expected: object, sizes: list[int]) -> None:
    for hint in explained(got, expected, sizes):
        assert hint.text.isprintable()
        assert len(hint.text) < 400
        assert all(type(value) in (bool, int, float, str) for value in hint.params.values())
        assert not {"kind", "text"} & hint.params.keys()


# Arrays of other dtypes do not cross the wall, neither a student's nor the reference's.
crossing = arrays.arrays(
    arrays.boolean_dtypes() | arrays.integer_dtypes() | arrays.floating_dtypes(sizes=(32, 64)),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
any_result = plain | crossing | st.dictionaries(st.text(max_size=3), st.lists(crossing | st.floats()), max_size=2)


@settings(UNHURRIED, max_examples=300)
@given(got=any_result, expected=any_result, result=any_result)
def test_whatever_a_scenario_returns_is_worded_and_held_against_a_mistake_without_failing(
    got: object, expected: object, result: object
) -> None:
    seen = Disagreement(Trial(lambda m: None, 0), got, expected, Tolerance(RTOL, ATOL), [])
    if seen.found:
        hints = told(seen.sights_shared_with(seen))
        assert hints == told(seen.sights)
        assert seen.message(hints)
        assert accounts_for(result, seen) in (True, False)
        assert not accounts_for(expected, seen), "what changes nothing explains nothing"
