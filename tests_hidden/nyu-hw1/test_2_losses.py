"""MSE (problem 1) and BCE (problem 2.2), with the averages that the handout asks for."""

import numpy as np
from problems import slope_along

from grader.author import agree, student, task


def predictions(rng):
    """(5, 3) labels and predictions; 5 samples and K = 3, so that no average passes for another."""
    return rng.integers(0, 2, size=(5, 3)).astype(float), rng.uniform(0.05, 0.95, size=(5, 3))


def part_agrees(name, part, rng):
    y, y_hat = predictions(rng)
    agree(lambda m: {("loss", "dJdy_hat")[part]: getattr(m, name)(y, y_hat)[part]})


@task("losses", "MSE: loss", points=4)
def test_mse(rng):
    part_agrees("mse_loss", 0, rng)


@task("losses", "MSE: derivative", points=4)
def test_mse_derivative(rng):
    part_agrees("mse_loss", 1, rng)


@task("losses", "BCE: loss", points=4)
def test_bce(rng):
    part_agrees("bce_loss", 0, rng)


@task("losses", "BCE: derivative", points=4)
def test_bce_derivative(rng):
    part_agrees("bce_loss", 1, rng)


@task("losses", "BCE of predictions that are certain, and right")
def test_certain():
    y = np.array([[0.0, 1.0], [1.0, 0.0]])
    loss, slope = student.bce_loss(y, y.copy())
    assert abs(loss) < 1e-6, "Where every prediction is certain and right the loss is 0: beware of 0 log 0."
    assert np.all(np.isfinite(slope)), "Where every prediction is certain and right no derivative may be nan or inf."


@task("losses", "Each derivative is its loss's measured slope")
def test_measured(rng):
    y, y_hat = predictions(rng)
    for name in ("mse_loss", "bce_loss"):
        loss, direction = getattr(student, name), rng.standard_normal(y_hat.shape)
        measured = slope_along(lambda y_hat, loss=loss: loss(y, y_hat)[0], y_hat, direction)
        assert np.isclose(np.vdot(loss(y, y_hat)[1], direction), measured, rtol=1e-5), (
            f"Measured in small steps, the loss of {name} has another slope than its dJdy_hat says."
        )
