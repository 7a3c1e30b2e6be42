"""Q5: the backward pass of y = W x + b, with columns for vectors."""

import numpy as np

from grader.author import agree, student, task


def layer(rng, outputs, inputs):
    """delta (k, 1), W (k, d) and x (d, 1)."""
    return rng.standard_normal((outputs, 1)), rng.standard_normal((outputs, inputs)), rng.standard_normal((inputs, 1))


def gradients(m, drawn, of=""):
    dW, dx, db = m.linear_backward(*drawn)
    return {f"dW{of}": dW, f"dx{of}": dx, f"db{of}": db}


@task("q5-code", "Linear: dW", points=2)
def test_dW(rng):
    drawn = layer(rng, 3, 5)
    agree(lambda m: {"dW": gradients(m, drawn)["dW"]})


@task("q5-code", "Linear: dx", points=2)
def test_dx(rng):
    drawn = layer(rng, 3, 5)
    agree(lambda m: {"dx": gradients(m, drawn)["dx"]})


@task("q5-code", "Linear: db", points=1)
def test_db(rng):
    drawn = layer(rng, 3, 5)
    agree(lambda m: {"db": gradients(m, drawn)["db"]})


@task("q5-code", "Linear: a single output, a single input", points=1)
def test_single(rng):
    one_output, one_input = layer(rng, 1, 4), layer(rng, 4, 1)
    agree(lambda m: gradients(m, one_output, " of one output") | gradients(m, one_input, " of one input"))


@task("q5-code", "Linear: your gradients are the measured slopes")
def test_measured(rng):
    delta, W, x = layer(rng, 3, 4)
    b = rng.standard_normal((3, 1))
    got = gradients(student, (delta, W, x))

    def J(**moved):
        at = {"x": x, "W": W, "b": b} | moved
        return np.sum(delta * (at["W"] @ at["x"] + at["b"]))

    for name, value in (("W", W), ("x", x), ("b", b)):
        gradient, step = got[f"d{name}"], rng.standard_normal(value.shape)
        assert np.shape(gradient) == value.shape, f"d{name} must have the shape of {name}."
        # J is linear in each of the three, so that any step measures its slope.
        assert np.isclose(np.sum(gradient * step), J(**{name: value + step}) - J()), (
            f"Taken along a random direction, J has another slope than d{name} says."
        )
