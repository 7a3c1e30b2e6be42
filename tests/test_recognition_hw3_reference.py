"""The reference of recognition-hw3 against sums written out, finite differences, and numbers that the course prints."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from grader import wire
from grader.assignment import load
from grader.candidate.modules import Modules
from tests.bundled import BUNDLED

SUITE = BUNDLED["recognition-hw3"]


@pytest.fixture(scope="module")
def hw3():
    cells = load(SUITE).notebook
    modules = Modules(str(SUITE / "reference"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(modules.root)
        assert modules.load("hw3", cells.markers, cells.names) == wire.Return()
        yield modules.loaded["hw3"]
    del sys.modules["hw3"]


@pytest.fixture
def rng():
    return np.random.default_rng(29)


def slopes(f, x, h=1e-6):
    """The derivative of the number f() by each entry of x, by central differences."""
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        kept, ends = x[place], []
        for moved in (kept + h, kept - h):
            x[place] = moved
            ends.append(f())
        x[place] = kept
        result[place] = (ends[0] - ends[1]) / (2 * h)
    return result


def test_softmax_gives_the_numbers_that_the_course_prints(hw3):
    x = np.array([[0.1, 0.1, 0.2, 0.4, 0.2]])
    once = [[0.17984962, 0.17984962, 0.19876458, 0.2427716, 0.19876458]]
    twice = [[0.19595803, 0.19595803, 0.19969984, 0.20868427, 0.19969984]]
    np.testing.assert_allclose(hw3.softmax(x), once, atol=1e-8)
    np.testing.assert_allclose(hw3.softmax(hw3.softmax(x)), twice, atol=1e-8)
    for _time in range(16):
        x = hw3.softmax(x)
    np.testing.assert_allclose(x, np.full((1, 5), 0.2), atol=1e-8)


def test_the_forward_pass_is_the_sum_written_out(hw3, rng):
    x, W, b = rng.standard_normal((2, 4, 5)), rng.standard_normal((3, 2, 2, 2)), rng.standard_normal(3)
    expected = np.empty((3, 3, 4))
    for d, i, j in np.ndindex(expected.shape):
        expected[d, i, j] = b[d] + sum(x[c, i + k, j + m] * W[d, c, k, m] for c, k, m in np.ndindex(2, 2, 2))
    np.testing.assert_allclose(hw3.conv_forward(x, W, b), expected)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_the_gradients_of_a_convolution_are_its_slopes(hw3, rng, size):
    x, W, b = rng.standard_normal((2, 4, 5)), rng.standard_normal((3, 2, size, size)), rng.standard_normal(3)
    delta = rng.standard_normal((3, 5 - size, 6 - size))
    for got, moved in zip(hw3.conv_backward(delta, x, W), (W, x, b), strict=True):
        np.testing.assert_allclose(got, slopes(lambda: np.sum(delta * hw3.conv_forward(x, W, b)), moved), atol=1e-7)


def test_the_gradients_of_a_linear_layer_are_its_slopes(hw3, rng):
    delta, W, x, b = (rng.standard_normal(shape) for shape in ((3, 1), (3, 5), (5, 1), (3, 1)))
    for got, moved in zip(hw3.linear_backward(delta, W, x), (W, x, b), strict=True):
        np.testing.assert_allclose(got, slopes(lambda: np.sum(delta * (W @ x + b)), moved), atol=1e-7)


def test_sigmoid_and_tanh_are_what_they_are_called(hw3, rng):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    x = rng.uniform(-5, 5, size=(3, 4))
    np.testing.assert_allclose(hw3.tanh_from_sigmoid(x, sigmoid), np.tanh(x))
    slope = (sigmoid(x + 1e-6) - sigmoid(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(hw3.sigmoid_derivative(sigmoid(x)), slope, atol=1e-9)
