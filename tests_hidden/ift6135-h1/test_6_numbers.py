"""Questions 4 and 5 with a pencil: the traces at (3, 6), and one convolution."""

import numpy as np

from grader.author import answer, task

SIGN_OF_SINE = (-1 / 81 + np.sin(3), "The derivative of cos is -sin: the sign of one term is wrong.")
DEGREES = (-1 / 81 - np.sin(np.deg2rad(3)), "The sine was taken of 3 degrees: angles are in radians.")

X, K = [1, 2, 3, 4], [1, 0, 2]
CUTS = {"full": slice(None), "valid": slice(2, 4), "same": slice(1, 5)}


def answer_is_right(mode):
    unflipped = [int(each) for each in np.convolve(X, K[::-1])][CUTS[mode]]
    modes = {
        f"as_{other}": ([int(each) for each in np.convolve(X, K)][cut], f"That is `{other}`.")
        for other, cut in CUTS.items()
        if other != mode
    }
    text = "The kernel was not flipped: that is a cross-correlation."
    answer(f"q5.{mode}", feedback={"not_flipped": (unflipped, text), **modes})


@task("q4.1", "y at (3, 6)", points=1)
def test_y():
    degrees = (1 / 9 + 36 + np.cos(np.deg2rad(3)), "The cosine was taken of 3 degrees: angles are in radians.")
    answer("q4.1.y", decimals=4, feedback={"degrees": degrees})


@task("q4.1", "dy/dx1 at (3, 6), forward", points=1)
def test_forward_derivative():
    answer("q4.1.dy_dx1", decimals=4, feedback={"sign_of_sine": SIGN_OF_SINE, "degrees": DEGREES})


@task("q4.1", "The derivatives on the way, at (3, 6)", points=1)
def test_forward_column():
    by_x2 = [1, -1 / 81, 12, 0, 12 - 1 / 81]
    text = "These are the derivatives by x2. Set the derivative of x1 to 1 and that of x2 to 0."
    answer("q4.1.derivatives", decimals=4, feedback={"by_x2": (by_x2, text)})


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


@task("q5", "Full, with a pencil", points=1)
def test_full_answer():
    answer_is_right("full")


@task("q5", "Valid, with a pencil", points=1)
def test_valid_answer():
    answer_is_right("valid")


@task("q5", "Same, with a pencil", points=1)
def test_same_answer():
    answer_is_right("same")
