"""The digits of hw1p1: MNIST's shapes, ten classes that can be learned, and MNIST itself where its file is."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).parents[1] / "tests_hidden" / "hw1p1" / "digits.py"


@pytest.fixture
def digits(tmp_path):
    """The module in a folder of its own, beside which an instructor's file may stand."""
    spec = importlib.util.spec_from_file_location("digits", shutil.copy(SOURCE, tmp_path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def mnist(digits, rng):
    """Arrays like those of the real file, shuffled as they are."""
    learn, test = sum(digits.SIZES[:2]) + 50, digits.SIZES[2] + 50
    return {
        "x_train": rng.integers(256, size=(learn, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(10, size=learn, dtype=np.uint8),
        "x_test": rng.integers(256, size=(test, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(10, size=test, dtype=np.uint8),
    }


@pytest.fixture
def rng():
    return np.random.default_rng(70_000)


def put(digits, arrays):
    digits.MNIST.parent.mkdir()
    np.savez_compressed(digits.MNIST, **arrays)


def test_the_parts_have_the_shapes_of_mnist_flattened(digits):
    for (x, y), size in zip(digits.dataset(), digits.SIZES, strict=True):
        assert (x.shape, y.shape, x.dtype, y.dtype) == ((size, 784), (size, 10), np.float64, np.float64)
        assert x.min() == 0
        assert 0.9 < x.max() <= 1
        assert set(np.unique(y)) == {0.0, 1.0}
        assert (y.sum(axis=1) == 1).all()
        assert y.any(axis=0).all(), "each digit is there"


def test_they_are_the_same_every_time(digits):
    np.random.seed(3)  # noqa: NPY002 - a student's seed must not matter
    again = digits.dataset()
    for (x, y), (x2, y2) in zip(digits.dataset(), again, strict=True):
        assert np.array_equal(x, x2)
        assert np.array_equal(y, y2)


def test_no_digit_of_one_part_is_in_another(digits):
    pixels = np.concatenate([x for x, _ in digits.dataset()])
    assert len(np.unique(pixels, axis=0)) == sum(digits.SIZES)


def test_what_is_learned_holds_for_the_unseen_ones_and_is_not_got_for_nothing(digits):
    (x, y), (unseen, labels), _ = digits.dataset()
    means = (y.T @ x) / y.sum(axis=0)[:, None]
    distances = ((unseen[:, None] - means) ** 2).sum(axis=2)
    errors = np.mean(distances.argmin(axis=1) != labels.argmax(axis=1))
    assert 0.05 < errors < 0.5, "the nearest mean is a guess far better than chance, and leaves room to learn"


def test_the_real_file_takes_their_place(digits, mnist):
    put(digits, mnist)
    train, validation, test = digits.dataset()
    n = digits.SIZES[0]
    assert np.array_equal(train[0], mnist["x_train"][:n].reshape(n, 784) / 255)
    assert np.array_equal(validation[1].argmax(axis=1), mnist["y_train"][n : n + digits.SIZES[1]])
    assert np.array_equal(test[1].argmax(axis=1), mnist["y_test"][: digits.SIZES[2]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": None}, "it has no x_train"),
        ({"x_train": np.zeros((2000, 784), np.uint8)}, r"\(2000, 784\)"),
        ({"x_test": np.zeros((150, 28, 28))}, "float64"),
        ({"y_test": np.full(150, 10)}, "digits 0 to 9"),
        ({"x_train": np.zeros((60, 28, 28), np.uint8), "y_train": np.zeros(60, np.uint8)}, "it is 60"),
    ],
)
def test_another_file_in_its_place_is_told_by_what_was_expected(digits, mnist, change, said):
    put(digits, {name: array for name, array in (mnist | change).items() if array is not None})
    with pytest.raises(ValueError, match=said) as told:
        digits.dataset()
    assert str(digits.MNIST) in str(told.value)


def test_a_file_that_is_no_npz_is_told_so(digits):
    digits.MNIST.parent.mkdir()
    digits.MNIST.write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(ValueError, match=r"it is no \.npz file"):
        digits.dataset()


def test_a_file_with_objects_in_it_is_not_unpickled(digits, mnist):
    put(digits, mnist | {"y_test": np.array([print] * 150)})
    with pytest.raises(ValueError, match="allow_pickle"):
        digits.dataset()
