"""Task 1 of the write-up: activations."""

import numpy as np
from networks import weights, zeros

from grader.author import agree, task

FAR_OUT = np.array([[-800.0, -30.0, 0.0, 30.0, 800.0]])


def forward_agrees(name, x):
    def scenario(m):
        activation = getattr(m, name)()
        return {"forward": activation(x), "state": activation.state}

    agree(scenario)


def derivative_agrees(name, x):
    def scenario(m):
        activation = getattr(m, name)()
        activation(x)
        return {"derivative": activation.derivative()}

    agree(scenario)


@task("activations", "Sigmoid Non-Linearity (forward)", points=2)
def test_sigmoid_forward(rng):
    forward_agrees("Sigmoid", rng.standard_normal((20, 50)))


@task("activations", "Sigmoid Non-Linearity (derivative)", points=2)
def test_sigmoid_derivative(rng):
    derivative_agrees("Sigmoid", rng.standard_normal((20, 50)))


@task("activations", "Tanh Non-Linearity (forward)", points=2)
def test_tanh_forward(rng):
    forward_agrees("Tanh", rng.standard_normal((20, 50)))


@task("activations", "Tanh Non-Linearity (derivative)", points=2)
def test_tanh_derivative(rng):
    derivative_agrees("Tanh", rng.standard_normal((20, 50)))


@task("activations", "ReLU Non-Linearity (forward)", points=2)
def test_relu_forward(rng):
    forward_agrees("ReLU", rng.standard_normal((20, 50)))


@task("activations", "ReLU Non-Linearity (derivative)", points=2)
def test_relu_derivative(rng):
    derivative_agrees("ReLU", rng.standard_normal((20, 50)))


@task("activations", "Sigmoid of ±800", points=0)
def test_sigmoid_far_out():
    forward_agrees("Sigmoid", FAR_OUT)
    derivative_agrees("Sigmoid", FAR_OUT)


@task("activations", "Tanh of ±800", points=0)
def test_tanh_far_out():
    forward_agrees("Tanh", FAR_OUT)
    derivative_agrees("Tanh", FAR_OUT)


@task("activations", "ReLU derivative at 0", points=0)
def test_relu_derivative_at_zero():
    derivative_agrees("ReLU", np.array([[-1.0, 0.0, 1.0]]))


def input_survives(name, rng):
    """A normalized layer keeps what it returned as `out`: an activation that writes into its input changes that."""
    x, y = rng.standard_normal((20, 8)), np.eye(3)[rng.integers(3, size=20)]

    def scenario(m):
        activations = [getattr(m, name)(), m.Identity()]
        mlp = m.MLP(8, 3, [6], activations, weights, zeros, m.SoftmaxCrossEntropy(), 0.008, num_bn_layers=1)
        mlp.forward(x)
        mlp.backward(y)
        return {"input": mlp.bn_layers[0].out}

    agree(scenario)


@task("activations", "Sigmoid leaves its input as it was", points=0)
def test_sigmoid_input_survives(rng):
    input_survives("Sigmoid", rng)


@task("activations", "Tanh leaves its input as it was", points=0)
def test_tanh_input_survives(rng):
    input_survives("Tanh", rng)


@task("activations", "ReLU leaves its input as it was", points=0)
def test_relu_input_survives(rng):
    input_survives("ReLU", rng)
