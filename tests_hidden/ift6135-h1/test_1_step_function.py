"""Question 1: ReLU by the step function, and the step function by sigmoids. The step function is handed to the code."""

from itertools import pairwise

import numpy as np

from grader.author import agree, student, task


def step(x):
    return np.heaviside(x, 0.5)


def uneven_step(x):
    """No step function: tells whether a definition uses what it is given, and where it looks at it."""
    return np.where(x > 0, 0.9, 0.3)


@task("q1.2", "Both definitions are ReLU", points=1)
def test_relu(rng):
    x = np.append(2 * rng.standard_normal(20), 0.0)
    agree(lambda m: {"relu_1": m.relu_1(x, step), "relu_2": m.relu_2(x, step)})


@task("q1.2", "Two definitions, and both use H", points=1)
def test_definitions_differ(rng):
    x = np.append(rng.uniform(1, 2, size=5), rng.uniform(-2, -1, size=5))
    first, second = student.relu_1(x, uneven_step), student.relu_2(x, uneven_step)
    for name, got, by_step in (("relu_1", first, student.relu_1(x, step)), ("relu_2", second, student.relu_2(x, step))):
        assert not np.allclose(got, by_step, equal_nan=True), (
            f"{name} gives the same whatever H it is given: define it by H."
        )
    assert not np.allclose(first, second), (
        "With another function in the place of H both give the same: they are one definition, written in two ways."
    )


@task("q1.3", "Sigmoid of any k", points=2)
def test_sigmoid(rng):
    x = rng.standard_normal(12)
    agree(lambda m: {f"sigmoid with k = {k:g}": m.sigmoid(x, k) for k in (1.0, 2.5, 10.0)})


@task("q1.3", "For a large k it is nearly the step function", points=2)
def test_large_k(rng):
    x = np.append(rng.uniform(0.1, 2, size=5), [-0.1, -2.0, 0.0])
    for k, most in ((100.0, 1e-4), (2000.0, 1e-12)):
        gap = np.max(np.abs(student.sigmoid(x, k) - step(x)))
        assert gap <= most, (
            f"With k = {k:g} the sigmoid is still not close to H, for x outside of (-0.1, 0.1) and for x = 0."
        )


@task("q1.3", "For a larger k it is closer, wherever x is not 0")
def test_closer(rng):
    x = rng.choice([-1, 1], size=8) * rng.uniform(0.05, 1, size=8)
    gaps = [np.abs(student.sigmoid(x, k) - step(x)) for k in (1.0, 4.0, 16.0)]
    assert all(np.all(wide > narrow) for wide, narrow in pairwise(gaps)), (
        "With a larger k every entry must come closer to the step function."
    )
