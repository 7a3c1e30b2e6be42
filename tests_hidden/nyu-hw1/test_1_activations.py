"""Activations and derivatives, of problems 1 to 3."""

import numpy as np
from problems import slope_along

from grader.author import agree, student, task

NAMES = ("relu", "five_relu", "tanh", "sigmoid", "leaky_relu", "softplus", "gelu")


def activation_agrees(name, z):
    agree(lambda m: {name: getattr(m, name)(z), f"{name}_derivative": getattr(m, f"{name}_derivative")(z)})


@task("activations", "ReLU", points=3)
def test_relu(rng):
    activation_agrees("relu", 2 * rng.standard_normal((20, 5)))


@task("activations", "5 ReLU", points=3)
def test_five_relu(rng):
    activation_agrees("five_relu", 2 * rng.standard_normal((20, 5)))


@task("activations", "Tanh", points=3)
def test_tanh(rng):
    activation_agrees("tanh", 2 * rng.standard_normal((20, 5)))


@task("activations", "Sigmoid", points=3)
def test_sigmoid(rng):
    activation_agrees("sigmoid", 2 * rng.standard_normal((20, 5)))


@task("activations", "LeakyReLU", points=4)
def test_leaky_relu(rng):
    activation_agrees("leaky_relu", 2 * rng.standard_normal((20, 5)))


@task("activations", "Softplus", points=4)
def test_softplus(rng):
    activation_agrees("softplus", 2 * rng.standard_normal((20, 5)))


@task("activations", "GELU", points=4)
def test_gelu(rng):
    activation_agrees("gelu", 2 * rng.standard_normal((20, 5)))


@task("activations", "Derivatives at 0")
def test_derivatives_at_zero():
    names = [f"{name}_derivative" for name in ("relu", "five_relu", "leaky_relu")]
    agree(lambda m: {name: getattr(m, name)(np.zeros(3)) for name in names})


@task("activations", "Sigmoid and Softplus of ±800")
def test_far_out():
    for name in ("sigmoid", "softplus"):
        activation_agrees(name, np.array([-800.0, -30.0, 30.0, 800.0]))


@task("activations", "Each derivative is its activation's measured slope")
def test_measured(rng):
    z = rng.standard_normal(10)
    for name in NAMES:
        measured = slope_along(getattr(student, name), z, np.ones_like(z))
        assert np.allclose(getattr(student, f"{name}_derivative")(z), measured, rtol=1e-5, atol=1e-7), (
            f"Measured in small steps, {name} has another slope than {name}_derivative says."
        )
