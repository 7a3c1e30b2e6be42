"""A function of the student's that is given a function of the test's."""

import numpy as np

from grader.author import agree, both, show_curves, student, task

VALLEY = np.array([[3.0, 1.0], [1.0, 2.0]])
RATE, STEPS = 0.1, 25


# The student's code may call these; they run on the tests' side, and what they do stays hidden.
def loss(point):
    return 0.5 * point @ VALLEY @ point


def gradient(point):
    return VALLEY @ point


@task("descent", "No step", points=1)
def test_no_step():
    path = student.descend(gradient, np.ones(2), RATE, 0)
    assert np.array_equal(path, np.ones((1, 2))), "Without a step, the path is the start alone, in one row."


@task("descent", "Path of a descent", points=2)
def test_path(rng):
    start = rng.standard_normal(2)
    agree(lambda m: {"path": m.descend(gradient, start, RATE, STEPS)}, rtol=1e-6)


# Students see the result of this one after the due date. It has more time than `limits.test_seconds` gives.
@task("descent", "A long descent", points=2, visibility="after_due", seconds=10)
def test_long_path(rng):
    start = rng.standard_normal(2)
    agree(lambda m: {"end": m.descend(gradient, start, RATE, 500)[-1]}, atol=1e-6)


# `both` runs a scenario and compares nothing; the curve appears on the hand-in's page beside the reference's.
@task("descent", "How the loss falls")
def test_curve(rng):
    start = rng.standard_normal(2)
    got, expected = both(lambda m: m.descend(gradient, start, RATE, STEPS))
    assert np.shape(got) == np.shape(expected), "The path has a row for the start, and one for each step."
    show_curves("Loss on the way", "step", {"loss": ([*map(loss, got)], [*map(loss, expected)])})
