"""The two-layer network. What its loss sends back is computed here, so that one's own losses play no part."""

import numpy as np
from problems import batch, bce_slope, gradients, mse_slope, network, parameters, slope_along

from grader.author import agree, student, task


def forward_agrees(rng, f, g):
    values, (x, _) = parameters(rng), batch(rng)
    agree(lambda m: {"y_hat": network(m, f, g, values).forward(x)})


def gradients_agree(rng, f, g, loss_slope):
    values, (x, y) = parameters(rng), batch(rng)

    def scenario(m):
        net = network(m, f, g, values)
        net.backward(loss_slope(y, net.forward(x)))
        return gradients(net)

    agree(scenario)


@task("network", "Problem 1: forward", points=6)
def test_problem_1_forward(rng):
    forward_agrees(rng, "five_relu", "identity")


@task("network", "Problem 1: gradients with MSE", points=10)
def test_problem_1_gradients(rng):
    gradients_agree(rng, "five_relu", "identity", mse_slope)


@task("network", "Problem 2: forward", points=6)
def test_problem_2_forward(rng):
    forward_agrees(rng, "tanh", "sigmoid")


@task("network", "Problem 2: gradients with MSE", points=10)
def test_problem_2_gradients(rng):
    gradients_agree(rng, "tanh", "sigmoid", mse_slope)


@task("network", "Problem 2: gradients with BCE", points=8)
def test_problem_2_gradients_with_bce(rng):
    gradients_agree(rng, "tanh", "sigmoid", bce_slope)


@task("network", "Clearing between two batches", points=4)
def test_clear(rng):
    values, batches = parameters(rng), [batch(rng), batch(rng, size=4)]

    def scenario(m):
        net = network(m, "identity", "identity", values)
        for x, y in batches:
            net.clear_grad_and_cache()
            net.backward(mse_slope(y, net.forward(x)))
        return gradients(net)

    agree(scenario)


@task("network", "Gradients add up until they are cleared")
def test_accumulate(rng):
    values, batches = parameters(rng), [batch(rng), batch(rng, size=4)]

    def scenario(m):
        net = network(m, "identity", "identity", values)
        for x, y in batches:
            net.backward(mse_slope(y, net.forward(x)))
        added = gradients(net)
        net.clear_grad_and_cache()
        return {"added": added, "cleared": gradients(net)}

    agree(scenario)


@task("network", "Gradients with LeakyReLU, Softplus and GELU inside")
def test_other_activations(rng):
    for f in ("leaky_relu", "softplus", "gelu"):
        gradients_agree(rng, f, "identity", mse_slope)


@task("network", "Your gradients are the measured slopes of your own losses")
def test_measured(rng):
    x, y = batch(rng)
    for f, g, name in (
        ("five_relu", "identity", "mse_loss"),
        ("tanh", "sigmoid", "mse_loss"),
        ("tanh", "sigmoid", "bce_loss"),
    ):
        values, loss = parameters(rng), getattr(student, name)
        net = network(student, f, g, values)
        net.backward(loss(y, net.forward(x))[1])
        grads = gradients(net)
        for parameter, start in values.items():

            def loss_at(value, net=net, loss=loss, values=values, parameter=parameter):
                net.parameters = values | {parameter: value}
                return loss(y, net.forward(x))[0]

            direction = rng.standard_normal(start.shape)
            measured = slope_along(loss_at, start, direction)
            assert np.isclose(np.vdot(grads[f"dJd{parameter}"], direction), measured, rtol=1e-4), (
                f"Measured in small steps, the loss changes otherwise with {parameter} than dJd{parameter} says "
                f"({f}, {g}, {name})."
            )
