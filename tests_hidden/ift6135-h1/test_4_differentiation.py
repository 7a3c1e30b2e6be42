"""Question 4: the traces of y = 1 / (x1 + x2) + x2^2 + cos(x1), with a pencil at (3, 6) and as code anywhere."""

import numpy as np

from grader.author import agree, answer, student, task


def point(rng):
    """x1 + x2 keeps away from the pole at 0."""
    return rng.uniform(0.3, 2.5, size=2)


def f(x1, x2):
    return 1 / (x1 + x2) + x2**2 + np.cos(x1)


def pulled_back(m, x, y_bars):
    """The adjoint traces for these y_bar, by one function that reverse_mode returned."""
    _v, pull_back = m.reverse_mode(*x)
    return [pull_back(y_bar) for y_bar in y_bars]


SIGN_OF_SINE = (-1 / 81 + np.sin(3), "The derivative of cos is -sin: the sign of one term is wrong.")
DEGREES = (-1 / 81 - np.sin(np.deg2rad(3)), "The sine was taken of 3 degrees: angles are in radians.")


@task("q4.1", "y at (3, 6)", points=1)
def test_y():
    degrees = (f(3, 6) - np.cos(3) + np.cos(np.deg2rad(3)), "The cosine was taken of 3 degrees: angles are in radians.")
    answer("q4.1.y", decimals=4, feedback={"degrees": degrees})


@task("q4.1", "dy/dx1 at (3, 6), forward", points=1)
def test_forward_derivative():
    answer("q4.1.dy_dx1", decimals=4, feedback={"sign_of_sine": SIGN_OF_SINE, "degrees": DEGREES})


@task("q4.1", "The derivatives on the way, at (3, 6)", points=1)
def test_forward_column():
    by_x2 = [1, -1 / 81, 12, 0, 12 - 1 / 81]
    text = "These are the derivatives by x2. Set the derivative of x1 to 1 and that of x2 to 0."
    answer("q4.1.derivatives", decimals=4, feedback={"by_x2": (by_x2, text)})


@task("q4.1", "forward_mode: the values", points=1)
def test_values(rng):
    x = point(rng)
    agree(lambda m: {"v": m.forward_mode(*x, 1.0, 0.0)[0]})


@task("q4.1", "forward_mode: the derivatives in any direction", points=1)
def test_forward_mode(rng):
    x, dx = point(rng), rng.standard_normal(2)
    agree(lambda m: {"dv": m.forward_mode(*x, *dx)[1]})


@task("q4.2", "dy/dx1 at (3, 6), reverse", points=1)
def test_reverse_by_x1():
    without = (
        -np.sin(3),
        "What comes back through v1 is left out: x1 enters both v1 and v4, and its adjoint is a sum.",
    )
    known = {"sign_of_sine": SIGN_OF_SINE, "degrees": DEGREES, "adjoint_not_summed": without}
    answer("q4.2.dy_dx1", decimals=4, feedback=known)


@task("q4.2", "dy/dx2 at (3, 6), reverse", points=1)
def test_reverse_by_x2():
    without = (12, "What comes back through v1 is left out: x2 enters both v1 and v3, and its adjoint is a sum.")
    answer("q4.2.dy_dx2", decimals=4, feedback={"adjoint_not_summed": without})


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
        _v, first = m.reverse_mode(*one)
        _v, second = m.reverse_mode(*other)
        return {"first": first(1.0), "second": second(1.0)}

    agree(scenario)


@task("q4.2", "The adjoints of x1 and x2 are the measured slopes")
def test_measured(rng):
    x, h = point(rng), 1e-5
    bars = pulled_back(student, x, [1.0])[0]
    measured = [(f(*(x + step)) - f(*(x - step))) / (2 * h) for step in h * np.eye(2)]
    assert np.allclose(bars[:2], measured, rtol=1e-6), (
        "Measured in small steps, y has other slopes than your adjoints say."
    )
