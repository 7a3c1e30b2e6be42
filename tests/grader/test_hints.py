"""Each relation between a wrong value and the right one, and the hint that it gets first."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.hints import explain, extent, find_run, relation
from grader.report import Hint

N = 20
RTOL, ATOL = 1e-4, 1e-8
_random = np.random.default_rng(7)
RIGHT = _random.normal(size=(N, 4))
SQUARE = _random.normal(size=(5, 5))
ROW = RIGHT.mean(axis=0, keepdims=True)
POSITIVE = np.abs(RIGHT) + 0.1
WIDE = RIGHT.T


class Opaque:
    """What stands for a value that could not cross the wall."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name


def hints(got: object, expected: object, *sizes: int, rtol: float = RTOL, atol: float = ATOL) -> tuple[Hint, ...]:
    return explain("dW", got, expected, sizes=sizes, rtol=rtol, atol=atol)


def changed(array: np.ndarray, where: Any, value: Any) -> np.ndarray:
    copy = array.copy()
    copy[where] = value
    return copy


def noisy(relative: float) -> np.ndarray:
    return RIGHT * (1 + relative * np.linspace(-1, 1, RIGHT.size).reshape(RIGHT.shape))


FIRST: dict[str, tuple[object, object, str, str]] = {
    # name: (got, expected, kind of the first hint, words in its text)
    "none": (None, RIGHT, "none", "`dW` is None"),
    "none for a number": (None, 1.5, "none", "`return`"),
    "something for none": (1.5, None, "type", "where None belongs"),
    "list": (RIGHT.tolist(), RIGHT, "type", "is a list, where an ndarray belongs"),
    "tuple": ((RIGHT, RIGHT), RIGHT, "type", "more than one thing"),
    "number": (1.25, RIGHT, "type", "is a single number"),
    "the mean as a number": (float(RIGHT.mean()), RIGHT, "type", "It is the mean of what belongs there"),
    "the sum as a NumPy number": (RIGHT.sum(), RIGHT, "type", "It is the sum of what belongs there"),
    "text": ("RIGHT", RIGHT, "type", "is text"),
    "truth for a number": (True, 1.5, "type", "is True or False, where a single number belongs"),
    "an array for a number": (np.array([1.5]), 1.5, "type", "is an ndarray, where a single number belongs"),
    "an object": (Opaque("torch.Tensor"), RIGHT, "type", "is a `torch.Tensor`"),
    "an object with a hostile name": (Opaque("a`\n<b>\x1b" + "x" * 999), RIGHT, "type", f"is a `a<b>{'x' * 56}`,"),
    "list too short": ([1, 2], [1, 2, 3], "length", "has 2 items, where 3 belong"),
    "(D,) for (1, D)": (ROW[0], ROW, "shape", "`keepdims=True`. The numbers are right."),
    "(1, D) for (D,)": (ROW, ROW[0], "shape", "an axis of length 1 too many"),
    "(D, 1) for (1, D)": (ROW.T, ROW, "transpose", "it is transposed, and otherwise right"),
    "(D, 1) for (1, D), and wrong": (ROW.T + 1, ROW, "shape", "that is the transposed shape"),
    "(1, D, 1) for (1, 1, D)": (ROW[..., None], ROW[None], "shape", "an axis of length 1 is in another place"),
    "not averaged": (RIGHT, ROW, "shape", "what belongs there is its mean over axis 0"),
    "not summed": (RIGHT, RIGHT.sum(axis=0), "shape", "what belongs there is its sum over axis 0"),
    "averaged too far": (RIGHT.mean(axis=1), RIGHT, "shape", "it is the mean over axis 1"),
    "broadcast to a square": (SQUARE, ROW[0, [0, 1, 2, 3, 0]], "shape", "broadcast against each other"),
    "another shape": (np.ones((3, 7)), RIGHT, "shape", "has shape (3, 7), where (20, 4) belongs."),
    "an empty array": (np.empty((0, 4)), RIGHT, "shape", "has shape (0, 4)"),
    "complex in another shape": (np.ones((3, 7)) + 1j, RIGHT, "shape", "has shape (3, 7)"),
    "float32": (RIGHT.astype(np.float32), RIGHT, "dtype", "has dtype float32, where float64 belongs"),
    "float16": (RIGHT.astype(np.float16), RIGHT, "dtype", "has dtype float16"),
    "integers": (RIGHT.astype(int), RIGHT, "dtype", "cut every fraction off"),
    "truth values": (RIGHT > 0, RIGHT, "dtype", "True and False"),
    "complex": (RIGHT + 0j, RIGHT, "dtype", "complex numbers"),
    "objects": (RIGHT.astype(object), RIGHT, "dtype", "does not hold numbers"),
    "strings": (RIGHT.astype(str), RIGHT, "dtype", "does not hold numbers"),
    "transposed": (SQUARE.T, SQUARE, "transpose", "is transposed, and otherwise right"),
    "transposed, and it shows": (RIGHT.T, RIGHT, "transpose", "has shape (4, 20), where (20, 4) belongs"),
    "summed": (N * RIGHT, RIGHT, "factor", "is 20 times too large, and 20 is the batch size: summed"),
    "averaged twice": (RIGHT / N, RIGHT, "factor", "is 20 times too small, and 20 is the batch size"),
    "summed and negative": (-N * RIGHT, RIGHT, "factor", "has the wrong sign and is 20 times too large"),
    "unbiased variance": (POSITIVE * N / (N - 1), POSITIVE, "factor", "m/(m-1) times too large, with m = 20"),
    "biased variance": (POSITIVE * (N - 1) / N, POSITIVE, "factor", "m/(m-1) times too small"),
    "unbiased deviation": (RIGHT * ((N - 1) / N) ** 0.5, RIGHT, "factor", "sqrt(m/(m-1)) times too small"),
    "twice": (2 * RIGHT, RIGHT, "factor", "is twice what it should be"),
    "half": (RIGHT / 2, RIGHT, "factor", "is half of what it should be"),
    "logarithm of base 2": (np.log2(POSITIVE), np.log(POSITIVE), "factor", "is in base 2"),
    "logarithm of base 10": (np.log10(POSITIVE), np.log(POSITIVE), "factor", "is in base 10"),
    "some constant": (3.7 * RIGHT, RIGHT, "factor", "is off by the same factor in every entry"),
    "a factor over zeros": (N * RIGHT * (RIGHT > 0), RIGHT * (RIGHT > 0), "factor", "20 times too large"),
    "a factor below the tolerance": (RIGHT * 1e-9 / N, RIGHT * 1e-9, "", ""),
    "sign": (-RIGHT, RIGHT, "sign", "has the wrong sign everywhere"),
    "offset": (RIGHT + 1, RIGHT, "offset", "is off by the same amount in every entry"),
    "no bias": (RIGHT + np.arange(1, 5), RIGHT, "offset", "is off by an amount of its own in each column"),
    "shifted rows": (WIDE + np.arange(1, 5)[:, None], WIDE, "offset", "is off by an amount of its own in each row"),
    "mirrored": (1 - POSITIVE, POSITIVE, "mirrored", "is some constant minus what it should be"),
    "variance for deviation": (RIGHT * np.arange(2, 6), RIGHT, "factor", "a factor of its own in each column"),
    "softmax not divided": (WIDE * np.arange(2, 6)[:, None], WIDE, "factor", "a factor of its own in each row"),
    "other statistics": (
        *(RIGHT * np.arange(2, 6) - np.arange(1, 5), RIGHT),
        *("statistics", "another center and spread in each column"),
    ),
    "columns turned round and shifted": (-RIGHT * np.arange(2, 6) - np.arange(1, 5), RIGHT, "", ""),
    "one column twice": (RIGHT * [1, 2, 1, 1], RIGHT, "part", "in column 1"),
    "averaged in each of two layers": (
        RIGHT / N**2,
        RIGHT,
        "factor",
        "is 20^2 times too small, and 20 is the batch size: averaged again",
    ),
    "weights after a small step": (RIGHT + 3e-5 * np.sign(np.roll(RIGHT, 1)), RIGHT, "", ""),
    "NaN": (changed(RIGHT, 3, np.nan), RIGHT, "not_finite", "has 4 NaN and 0 infinite among its 80 entries"),
    "infinity": (changed(RIGHT, (2, 1), np.inf), RIGHT, "not_finite", "has 0 NaN and 1 infinite"),
    "a loss that is NaN": (float("nan"), 1.5, "not_finite", "`dW` is NaN"),
    "a loss that overflows": (np.float64("-inf"), 1.5, "not_finite", "`dW` is infinite"),
    "zeros": (np.zeros_like(RIGHT), RIGHT, "zeros", "is all zeros"),
    "zero": (0.0, 1.5, "zeros", "`dW` is 0"),
    "an eps too large": (noisy(6e-4), RIGHT, "noise", "within 1e-03 of its size. Often this is an eps"),
    "only the first row": (changed(RIGHT, slice(1, None), 0.3), RIGHT, "part", "in every row after the first"),
    "all but the last row": (changed(RIGHT, -1, 0.3), RIGHT, "part", "in the last row"),
    "one column": (changed(RIGHT, np.s_[:, 2], 0.3), RIGHT, "part", "in column 2 (counted from 0)"),
    "the last batch": (changed(RIGHT, slice(8, 16), 0.3), RIGHT, "part", "in rows 8 to 15 (counted from 0)"),
    "all but one entry": (changed(RIGHT[0], slice(0, 3), 0.3), RIGHT[0], "", ""),
    "where it is negative": (np.where(RIGHT < 0, 0.9 * RIGHT, RIGHT), RIGHT, "part", "exactly where it is negative"),
    "where it is masked": (np.maximum(RIGHT, 0), RIGHT, "part", "exactly where it is 0"),
    "here and there": (
        changed(RIGHT, np.s_[::3, ::2], 0.3),
        RIGHT,
        "part",
        "in some of its 80 entries",
    ),
    "reversed": (RIGHT[::-1], RIGHT, "order", "rows in reverse order"),
    "a vector reversed": (RIGHT[:, 0][::-1], RIGHT[:, 0], "order", "in reverse order"),
    "columns reversed": (RIGHT[:, ::-1], RIGHT, "order", "columns in reverse order"),
    "shuffled": (RIGHT[_random.permutation(N)], RIGHT, "order", "rows in another order"),
    "columns swapped": (RIGHT[:, [1, 0, 3, 2]], RIGHT, "order", "columns in another order"),
    "reshaped for transposed": (RIGHT.T.reshape(RIGHT.shape), RIGHT, "order", "Is there a `reshape`"),
    "unrelated": (_random.normal(size=RIGHT.shape), RIGHT, "", ""),
    "unrelated numbers": (2.5, 1.5, "", ""),
}


@pytest.mark.parametrize("case", FIRST)
def test_a_relation_is_named(case: str) -> None:
    got, expected, kind, words = FIRST[case]
    found = hints(got, expected, N)
    assert [hint.kind for hint in found[:1]] == [kind] * bool(kind)
    assert all(words in hint.text for hint in found[:1])
    assert all("`dW`" in hint.text for hint in found)


@pytest.mark.parametrize("value", [RIGHT, SQUARE, 1.5, 3, True, "text", None, [1, 2], (), np.array(2.0), np.array([])])
def test_a_right_value_gets_no_hint(value: object) -> None:
    assert hints(value, value, N) == ()


def test_float32_on_the_way_is_seen_where_the_tolerance_is_tight() -> None:
    found = hints(noisy(5e-6), RIGHT, N, rtol=1e-7)
    assert [hint.kind for hint in found] == ["noise"]
    assert "within 1e-05 of its size. Often this is float32" in found[0].text


def test_a_value_within_the_tolerance_gets_no_hint() -> None:
    assert hints(noisy(9e-5), RIGHT, N) == ()


def test_shape_comes_before_dtype_and_dtype_before_values() -> None:
    found = hints(N * ROW[0].astype(np.float32), ROW, N)
    assert [hint.kind for hint in found] == ["shape", "dtype", "factor"]


def test_a_shape_hint_alone_says_all_when_the_numbers_are_right() -> None:
    assert [hint.kind for hint in hints(RIGHT.T, RIGHT)] == ["transpose"]
    assert [hint.kind for hint in hints(ROW[0], ROW)] == ["shape"]


def test_transposed_and_summed_are_both_told() -> None:
    found = hints(N * RIGHT.T, RIGHT, N)
    assert [hint.kind for hint in found] == ["shape", "factor"]
    assert found[1].params == {"factor": N, "name": "N"}


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (32, "N"),
        (1 / 32, "1/N"),
        (-32, "-N"),
        (-1 / 32, "-1/N"),
        (32 / 31, "m/(m-1)"),
        (31 / 32, "(m-1)/m"),
        ((32 / 31) ** 0.5, "sqrt(m/(m-1))"),
        ((31 / 32) ** 0.5, "sqrt((m-1)/m)"),
        (2, "2"),
        (0.5, "1/2"),
        (1 / np.log(2), "1/ln 2"),
        (1 / np.log(10), "1/ln 10"),
    ],
)
def test_a_factor_is_found_among_several_sizes_and_given_as_a_parameter(factor: float, name: str) -> None:
    found = hints(factor * RIGHT, RIGHT, 784, 32, 1, 0)
    assert [(hint.kind, hint.params["name"]) for hint in found] == [("factor", name)]
    assert found[0].params["factor"] == pytest.approx(factor)


def test_a_factor_beyond_all_integers_is_still_a_number_that_can_be_stored() -> None:
    factor = hints(1e48 * RIGHT, RIGHT, 10**6)[0].params["factor"]
    assert isinstance(factor, float)
    assert factor == pytest.approx(1e48)


def test_a_batch_of_two_is_called_a_batch_before_a_factor_of_two() -> None:
    assert hints(2 * RIGHT, RIGHT, 2)[0].params["name"] == "N"


def test_a_size_is_called_the_batch_size_only_when_there_is_one() -> None:
    assert "20 is the batch size" in hints(N * RIGHT, RIGHT, N)[0].text
    assert "20 is the length of an input" in hints(N * RIGHT, RIGHT, N, 784)[0].text


@pytest.mark.parametrize(
    "expected",
    [np.full((4, 5), 2.0), np.eye(1), np.zeros(6), np.array([0.0, 0.0, 3.0]), np.array(2.0)],
    ids=["one value", "one entry", "zeros", "one entry that is not zero", "a number"],
)
@pytest.mark.parametrize("factor", [-1, N, 1 / N, 2, 3.7])
def test_no_factor_or_offset_is_claimed_from_a_single_value(expected: np.ndarray, factor: float) -> None:
    for got in (factor * expected, factor + expected):
        assert not {hint.kind for hint in hints(got, expected, N)} & {"factor", "sign", "offset"}


def test_a_factor_near_one_is_not_read_into_noise() -> None:
    for m in (50, 100, 500, 1000):
        assert [hint.kind for hint in hints(noisy(5e-4), RIGHT, m)] == ["noise"]


def test_a_loose_tolerance_does_not_make_a_loose_hint() -> None:
    expected = RIGHT * 10
    got = expected * (1.9 + 0.2 * np.linspace(0, 1, RIGHT.size).reshape(RIGHT.shape))
    assert hints(got, expected, rtol=0.2) == ()


def test_one_large_entry_does_not_make_the_rest_nearly_right() -> None:
    expected = np.array([1e9, 1.0, 2.0, 3.0])
    assert not {hint.kind for hint in hints(np.array([1e9 + 1e6, 5.0, 7.0, -2.0]), expected)} & {"noise", "factor"}


def test_one_hot_rows_in_another_order_are_no_news() -> None:
    labels = np.eye(4)[_random.integers(0, 4, size=N)]
    assert "order" not in {hint.kind for hint in hints(np.roll(labels, 1, axis=1), labels)}


def test_a_large_array_costs_little() -> None:
    expected = _random.normal(size=(512, 1024))
    begin = time.process_time()
    for got in (_random.normal(size=expected.shape), N * expected, expected[::-1], expected.T):
        hints(got, expected, *range(2, 500))
    assert time.process_time() - begin < 5


def test_an_array_beyond_the_bound_is_looked_at_from_outside_only() -> None:
    expected = np.zeros((1024, 1024), np.float32)
    assert hints(expected + 1, expected, N) == ()
    assert [hint.kind for hint in hints(np.zeros((1024, 1), np.int8), expected, N)] == ["shape", "dtype"]


@pytest.mark.parametrize(
    ("right", "kind", "words"),
    [
        ("001", "earlier_entries", "`dW` is right in its last entry, and wrong in each before"),
        ("0011", "earlier_entries", "right in its entries from 2 on (counted from 0), and wrong in each before"),
        ("10", "later_entries", "right in its first entry, and wrong in each after"),
        ("11100", "later_entries", "right in its entries before 3 (counted from 0), and wrong in each after"),
        ("000", "", ""),
        ("111", "", ""),
        ("101", "", ""),
        ("010", "", ""),
        ("0", "", ""),
        ("0?1", "", ""),
        ("1?0", "", ""),
    ],
)
def test_where_wrong_values_of_a_list_begin_or_end_is_told(right: str, kind: str, words: str) -> None:
    hint = find_run("dW", [{"0": False, "1": True}.get(each) for each in right])
    assert (hint.kind if hint else "") == kind
    assert words in (hint.text if hint else "")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (N * RIGHT, 32 * RIGHT, True),
        (N * RIGHT, RIGHT / N, False),
        (N * RIGHT, 3.7 * RIGHT, False),
        (changed(RIGHT, 3, np.nan), changed(RIGHT, np.s_[3:5], np.nan), True),
        (changed(RIGHT, np.s_[::3, ::2], 0.3), changed(RIGHT, np.s_[::5, ::3], 0.3), True),
        (changed(RIGHT, -1, 0.3), changed(RIGHT, 0, 0.3), False),
        (noisy(6e-4), noisy(2e-4), True),
        (RIGHT.astype(np.float32), RIGHT.astype(np.float16), False),
        (RIGHT[:7], RIGHT[:9], True),
    ],
    ids=["N", "N and 1/N", "N and a constant", "NaN", "some entries", "two rows", "noise", "dtypes", "lengths"],
)
def test_a_relation_is_the_same_in_another_input_whatever_its_sizes(one: Any, other: Any, same: bool) -> None:
    first, second = hints(one, RIGHT, N)[0], hints(other, RIGHT, N, 32)[0]
    assert (relation(first) == relation(second)) == same


@pytest.mark.parametrize(
    ("wrong", "of", "words"),
    [
        (1, 1, "its only entry"),
        (3, 3, "all of its 3 entries"),
        (1, 200, "one of its 200 entries"),
        (2, 200, "a few of its 200 entries"),
        (20, 200, "some of its 200 entries"),
        (100, 200, "about half of its 200 entries"),
        (150, 200, "most of its 200 entries"),
        (199, 200, "nearly all of its 200 entries"),
        (200, 200, "all of its 200 entries"),
    ],
)
def test_how_much_is_wrong_is_told_in_words_for_whatever_shape(wrong, of, words):
    assert extent(np.arange(of) < wrong) == words
    assert extent((np.arange(of) >= of - wrong).reshape(1, of, 1)) == words


@given(st.integers(2, 10_000))
def test_of_how_many_entries_are_wrong_no_more_than_seven_words_tell(size):
    counts = {1, 2, 3, *np.linspace(1, size, 50).astype(int)} & {*range(1, size + 1)}
    assert len({extent(np.arange(size) < count) for count in counts}) <= 7
