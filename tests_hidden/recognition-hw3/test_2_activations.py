"""Q4 and Q7.4: the sigmoid's derivative, and tanh, both written by the sigmoid alone."""

import numpy as np

from grader.author import agree, student, task


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@task("q4-code", "Sigmoid: derivative by its value", points=1)
def test_sigmoid_derivative(rng):
    s = rng.uniform(0, 1, size=(6, 4))
    agree(lambda m: {"derivative": m.sigmoid_derivative(s)})


@task("q4-code", "Sigmoid: the derivative is its slope", points=1)
def test_sigmoid_slope(rng):
    x, h = rng.uniform(-4, 4, size=30), 1e-5
    slope = (sigmoid(x + h) - sigmoid(x - h)) / (2 * h)
    got = student.sigmoid_derivative(sigmoid(x))
    assert np.shape(got) == x.shape, "For 30 values of the sigmoid there must be 30 derivatives."
    assert np.allclose(got, slope, rtol=1e-4), "Measured in small steps, the sigmoid has another slope."


@task("q4-code", "Sigmoid: derivative at a single number")
def test_sigmoid_derivative_of_a_number():
    agree(lambda m: {"derivative": m.sigmoid_derivative(0.3)})


@task("q7-code", "tanh by the sigmoid", points=0.5)
def test_tanh(rng):
    x = rng.uniform(-3, 3, size=(5, 4))
    agree(lambda m: {"tanh": m.tanh_from_sigmoid(x, sigmoid)})


@task("q7-code", "tanh asks the sigmoid that it is given")
def test_tanh_asks():
    asked = []

    def watched(x):
        asked.append(x)
        return sigmoid(x)

    student.tanh_from_sigmoid(np.array([-0.5, 0.0, 1.0]), watched)
    assert asked, "tanh_from_sigmoid did not call the function `sigmoid` that it was given."
