"""The notebook's "Gradient Checking". The student's code calls the functions of this file."""

import math
from itertools import pairwise

import numpy as np
from functions import point_for_z2, z2

from grader.author import agree, student, task


@task("gradient-checking", "grad: the central difference of the second function", points=8)
def test_central_difference(rng):
    x = point_for_z2(rng)

    def scenario(m):
        # A wide step tells a central difference from any other; a small one is what it is used with.
        return {
            f"grad with eps = {eps:g}": np.array([m.grad(z2, x.copy(), dim, eps) for dim in range(4)])
            for eps in (0.1, 1e-4)
        }

    agree(scenario)


@task("gradient-checking", "grad: half the step, a quarter of the error", points=7)
def test_error_falls_with_the_square(rng):
    x = rng.uniform(0.5, 1.0, size=2)

    def f(x):
        return math.exp(x[0]) * math.sin(x[1])

    # e^x is its own derivative, so that f is that of f by x1.
    errors = [abs(student.grad(f, x.copy(), 0, eps) - f(x)) for eps in (0.4, 0.2, 0.1)]
    for wide, narrow in pairwise(errors):
        assert narrow <= wide / 3.5 + 1e-12, (
            "With half of eps the error must fall to about a quarter, as it does when f is taken on both sides of x."
        )


class Paraboloid:
    """A function that is a method, and carries what it needs."""

    def __init__(self, weights):
        self.weights = weights

    def value(self, x):
        return float(self.weights @ x**2)


@task("gradient-checking", "grad: any function, any number of inputs", points=5)
def test_any_function(rng):
    cases = {
        "a sum of sines": (lambda x: np.sin(x).sum(), rng.standard_normal(7), 6),
        "a function of one number": (lambda x: x[0] ** 3, rng.standard_normal(1), 0),
        "a method": (Paraboloid(rng.uniform(1, 2, size=3)).value, rng.standard_normal(3), 1),
    }
    agree(lambda m: {name: m.grad(f, x.copy(), dim, 1e-3) for name, (f, x, dim) in cases.items()})


def most_entries_moved(x, atol):
    """At how many entries, at most, the points that `gradient` looks at differ from x: 1, when grad puts x back."""
    moved = []

    def f(point):
        moved.append(np.count_nonzero(~np.isclose(point, x, rtol=0, atol=atol)))
        return float(np.sum(point**2))

    student.gradient(f, x.copy(), 1e-3)
    return max(moved, default=0)


@task("gradient-checking", "grad: x is put back", points=5)
def test_x_is_put_back(rng):
    assert most_entries_moved(rng.standard_normal(8), atol=1e-9) == 1, (
        "After grad, x must be as it was: the next derivative is taken at a point that has moved."
    )


@task("gradient-checking", "grad: x is put back to the last bit")
def test_x_is_put_back_exactly(rng):
    assert most_entries_moved(rng.standard_normal(40), atol=0) == 1, (
        "Keep the value of x[dim] and set it again: adding and taking off eps leaves a rounding error behind."
    )


@task("gradient-checking", "grad: x of whole numbers")
def test_whole_numbers():
    x = np.array([1, 2, 1, 4], dtype=np.int32)
    agree(lambda m: {f"grad of x{dim + 1}": m.grad(z2, x.copy(), dim, 1e-4) for dim in range(4)})
