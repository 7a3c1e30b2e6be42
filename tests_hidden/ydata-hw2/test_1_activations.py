"""The notebook's "Derivatives of Activation Functions"."""

import numpy as np

from grader.author import agree, student, task


def derivative_agrees(name, t):
    agree(lambda m: {"derivative": getattr(m, name)(t)})


def jacobian_agrees(z):
    agree(lambda m: {"jacobian": m.softmax_jacobian(z)})


@task("activations", "Sigmoid: derivative", points=8)
def test_sigmoid(rng):
    derivative_agrees("sigmoid_derivative", 2 * rng.standard_normal((20, 5)))


@task("activations", "ReLU: derivative away from 0", points=6)
def test_relu(rng):
    derivative_agrees("relu_derivative", rng.standard_normal((20, 5)))


@task("activations", "ReLU: derivative at 0", points=2)
def test_relu_at_zero():
    got = student.relu_derivative(np.zeros(3))
    assert np.all((got == 0) | (got == 1)), "At 0 the derivative of ReLU is taken as 0 or as 1; yours is neither."


@task("activations", "Softmax: Jacobian", points=14)
def test_softmax(rng):
    jacobian_agrees(rng.standard_normal(6))


@task("activations", "Sigmoid: derivative at ±800")
def test_sigmoid_far_out():
    derivative_agrees("sigmoid_derivative", np.array([-800.0, -30.0, 0.0, 30.0, 800.0]))


@task("activations", "Softmax: Jacobian at logits of ±1000")
def test_softmax_of_large_logits():
    jacobian_agrees(np.array([-1000.0, 999.0, 1000.0]))


@task("activations", "Softmax: Jacobian of two classes")
def test_softmax_of_two(rng):
    jacobian_agrees(rng.standard_normal(2))
