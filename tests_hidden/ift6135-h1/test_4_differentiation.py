"""Question 4: the traces of y = 1 / (x1 + x2) + x2^2 + cos(x1) as code, at any point."""

import numpy as np

from grader.author import agree, student, task


def point(rng):
    """x1 + x2 keeps away from the pole at 0."""
    return rng.uniform(0.3, 2.5, size=2)


def f(x1, x2):
    return 1 / (x1 + x2) + x2**2 + np.cos(x1)


def pulled_back(m, x, y_bars):
    """The adjoint traces for these y_bar, by one function that reverse_mode returned."""
    _v, pull_back = m.reverse_mode(*x)
    return [pull_back(y_bar) for y_bar in y_bars]


@task("q4.1", "forward_mode: the values", points=1)
def test_values(rng):
    x = point(rng)
    agree(lambda m: {"v": m.forward_mode(*x, 1.0, 0.0)[0]})


@task("q4.1", "forward_mode: the derivatives in any direction", points=1)
def test_forward_mode(rng):
    x, dx = point(rng), rng.standard_normal(2)
    agree(lambda m: {"dv": m.forward_mode(*x, *dx)[1]})


@task("q4.2", "reverse_mode: the adjoints", points=2)
def test_reverse_mode(rng):
    x = point(rng)
    agree(lambda m: {"adjoints": pulled_back(m, x, [1.0])[0]})


@task("q4.2", "reverse_mode: pulled back again, for another y_bar", points=1)
def test_pull_back_again(rng):
    x, y_bars = point(rng), [1.0, -2.5, 1.0]
    agree(lambda m: {f"adjoints, call {n}": bar for n, bar in enumerate(pulled_back(m, x, y_bars), 1)})


@task("q4.2", "Two points at once, each with its own function")
def test_two_points(rng):
    one, other = point(rng), point(rng)

    def scenario(m):
        v, first = m.reverse_mode(*one)
        w, second = m.reverse_mode(*other)
        return {"v, first": v, "v, second": w, "first": first(1.0), "second": second(1.0)}

    agree(scenario)


@task("q4.2", "The adjoints of x1 and x2 are the measured slopes")
def test_measured(rng):
    x, h = point(rng), 1e-5
    bars = pulled_back(student, x, [1.0])[0]
    measured = [(f(*(x + step)) - f(*(x - step))) / (2 * h) for step in h * np.eye(2)]
    assert np.allclose(bars[:2], measured, rtol=1e-6), (
        "Measured in small steps, y has other slopes than your adjoints say."
    )
