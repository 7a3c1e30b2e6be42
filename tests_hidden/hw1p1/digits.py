"""The digits that a network of this homework is trained on, in the shapes of MNIST: 28 x 28 pixels, ten classes.

They are generated: digits of seven segments, shifted, slanted, of uneven strength, blurred and noisy; the same ones
every time. Where the file `data/mnist.npz` stands beside this one, they are taken from it instead: the arrays
`x_train` and `x_test`, (n, 28, 28) of bytes, and `y_train` and `y_test`, (n,) with the digits 0 to 9.
"""

from pathlib import Path
from zipfile import is_zipfile

import numpy as np

MNIST = Path(__file__).parent / "data" / "mnist.npz"
SIDE, CLASSES = 28, 10
# How many to train on, to validate on, and to test on: enough to learn from, few enough for a tenth of a second.
SIZES = 500, 200, 100

# Which of the segments a digit has: top, upper left, upper right, middle, lower left, lower right, bottom.
_DIGITS = (
    (1, 1, 1, 0, 1, 1, 1),
    (0, 0, 1, 0, 0, 1, 0),
    (1, 0, 1, 1, 1, 0, 1),
    (1, 0, 1, 1, 0, 1, 1),
    (0, 1, 1, 1, 0, 1, 0),
    (1, 1, 0, 1, 0, 1, 1),
    (1, 1, 0, 1, 1, 1, 1),
    (1, 0, 1, 0, 0, 1, 0),
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 1, 1, 0, 1, 1),
)
_SEGMENTS = tuple(
    np.s_[rows, columns]
    for rows, columns in (
        (slice(4, 7), slice(9, 19)),
        (slice(5, 14), slice(8, 11)),
        (slice(5, 14), slice(17, 20)),
        (slice(13, 16), slice(9, 19)),
        (slice(14, 24), slice(8, 11)),
        (slice(14, 24), slice(17, 20)),
        (slice(22, 25), slice(9, 19)),
    )
)


def dataset():
    """(training, validation, test), each a pair of (n, 784) pixels from 0 to 1 and (n, 10) one-hot labels."""
    pixels, digits = _from_mnist(MNIST) if MNIST.exists() else _generated(np.random.default_rng(28))
    x, y = pixels.reshape(-1, SIDE * SIDE), np.eye(CLASSES)[digits]
    ends = np.cumsum(SIZES)
    return tuple((x[end - size : end], y[end - size : end]) for size, end in zip(SIZES, ends, strict=True))


def _generated(rng):
    """(n, 28, 28) pixels and (n,) digits."""
    digits = rng.integers(CLASSES, size=sum(SIZES))
    pixels = np.stack([_drawn(rng, _DIGITS[digit]) for digit in digits])
    # A pen's soft edge, then the noise of a scan.
    pixels = sum(np.roll(pixels, shift, axis) for axis in (1, 2) for shift in (-1, 0, 0, 1)) / 8
    return np.clip(pixels + 0.15 * rng.standard_normal(pixels.shape), 0.0, 1.0), digits


def _drawn(rng, segments):
    """One digit, (28, 28), whose rows are shifted by a slant that grows from the middle."""
    pixels = np.zeros((SIDE, SIDE))
    for place, there in zip(_SEGMENTS, segments, strict=True):
        pixels[place] = np.maximum(pixels[place], there * rng.uniform(0.5, 1.0))
    slant, down, right = rng.uniform(-0.3, 0.3), *rng.integers(-3, 4, size=2)
    rows = np.arange(SIDE)
    columns = rows - right - np.rint(slant * (rows[:, None] - SIDE / 2)).astype(int)
    return np.roll(pixels[rows[:, None], columns % SIDE], down, axis=0)


def _from_mnist(file):
    """As many as are needed: to train and to validate from the training set, to test from the test set."""
    learn, test = sum(SIZES[:2]), SIZES[2]
    wanted = f"{file} must hold x_train and x_test, (n, 28, 28) of uint8, and y_train and y_test, (n,), digits 0 to 9"
    if not is_zipfile(file):
        raise ValueError(f"{wanted}; it is no .npz file")
    with np.load(file) as arrays:  # never a pickle
        if missing := {"x_train", "y_train", "x_test", "y_test"} - {*arrays}:
            raise ValueError(f"{wanted}; it has no {', '.join(sorted(missing))}")
        parts = [(arrays[f"x_{part}"], arrays[f"y_{part}"], n) for part, n in (("train", learn), ("test", test))]
    for x, y, n in parts:
        if (
            x.shape[1:] != (SIDE, SIDE)
            or x.dtype != np.uint8
            or y.shape != (len(x),)
            or not set(y) <= set(range(CLASSES))
        ):
            raise ValueError(f"{wanted}; it holds {x.dtype}, {x.shape}, with labels of shape {y.shape}")
        if len(x) < n:
            raise ValueError(f"{wanted}, with n at least {n}; it is {len(x)}")
    pixels, digits = (np.concatenate(arrays) for arrays in zip(*((x[:n], y[:n]) for x, y, n in parts), strict=True))
    return pixels / 255.0, digits
