"""Q6: a convolutional layer with stride 1 and no padding, forward and backward. Rows and columns, channels and filters
differ in number, so that none can stand for another."""

import numpy as np

from grader.author import agree, student, task


def layer(rng, channels, rows, columns, filters, size):
    """x (C, M, N), W (D, C, K, K), b (D,) and delta (D, M - K + 1, N - K + 1)."""
    return (
        rng.standard_normal((channels, rows, columns)),
        rng.standard_normal((filters, channels, size, size)),
        rng.standard_normal(filters),
        rng.standard_normal((filters, rows - size + 1, columns - size + 1)),
    )


def forward_agrees(x, W, b):
    agree(lambda m: {"y": m.conv_forward(x, W, b)})


def gradients(m, x, W, delta):
    dW, dx, db = m.conv_backward(delta, x, W)
    return {"dW": dW, "dx": dx, "db": db}


@task("q6-code", "Convolution: one channel, one filter", points=1)
def test_forward_of_one(rng):
    x, W, b, _delta = layer(rng, 1, 5, 6, 1, 3)
    forward_agrees(x, W, b)


@task("q6-code", "Convolution: several channels and filters", points=1)
def test_forward(rng):
    x, W, b, _delta = layer(rng, 3, 6, 8, 4, 3)
    forward_agrees(x, W, b)


@task("q6-code", "Convolution, backward: dW", points=2)
def test_dW(rng):
    x, W, _b, delta = layer(rng, 3, 6, 8, 4, 3)
    agree(lambda m: {"dW": gradients(m, x, W, delta)["dW"]})


@task("q6-code", "Convolution, backward: dx", points=3)
def test_dx(rng):
    x, W, _b, delta = layer(rng, 3, 6, 8, 4, 3)
    agree(lambda m: {"dx": gradients(m, x, W, delta)["dx"]})


@task("q6-code", "Convolution, backward: db", points=1)
def test_db(rng):
    x, W, _b, delta = layer(rng, 3, 6, 8, 4, 3)
    agree(lambda m: {"db": gradients(m, x, W, delta)["db"]})


@task("q6-code", "Convolution: filters of a single entry")
def test_one_entry(rng):
    x, W, b, delta = layer(rng, 2, 4, 5, 3, 1)
    agree(lambda m: {"y": m.conv_forward(x, W, b), **gradients(m, x, W, delta)})


@task("q6-code", "Convolution: a filter as large as the image")
def test_as_large_as_the_image(rng):
    x, W, b, delta = layer(rng, 2, 4, 4, 3, 4)
    agree(lambda m: {"y": m.conv_forward(x, W, b), **gradients(m, x, W, delta)})


@task("q6-code", "Convolution: your gradients are the slopes of your forward pass")
def test_measured(rng):
    x, W, b, delta = layer(rng, 2, 4, 5, 2, 2)
    got = gradients(student, x, W, delta)

    def J(**moved):
        at = {"x": x, "W": W, "b": b} | moved
        return np.sum(delta * student.conv_forward(at["x"], at["W"], at["b"]))

    for name, value in (("x", x), ("W", W), ("b", b)):
        gradient, step = got[f"d{name}"], rng.standard_normal(value.shape)
        assert np.shape(gradient) == value.shape, f"d{name} must have the shape of {name}."
        # J is linear in each of the three, so that any step measures its slope.
        assert np.isclose(np.sum(gradient * step), J(**{name: value + step}) - J()), (
            f"The slope of conv_forward, measured along a random direction, and d{name} disagree: one of them is wrong."
        )
