"""Task 2 of the write-up: the loss."""

import numpy as np

from grader.author import agree, task


def forward_agrees(x, y):
    def scenario(m):
        return {"loss": m.SoftmaxCrossEntropy()(x, y)}

    agree(scenario)


def derivative_agrees(x, y):
    def scenario(m):
        criterion = m.SoftmaxCrossEntropy()
        criterion(x, y)
        return {"derivative": criterion.derivative()}

    agree(scenario)


def one_hot(rng):
    return np.eye(10)[rng.integers(10, size=20)]


def large_logits(rng):
    """From -1000 to 1000, in rows that are large and rows that are not: each needs a maximum of its own."""
    return 500.0 * (rng.integers(-1, 2, size=(20, 10)) + rng.permutation(20)[:, None] % 3 - 1)


@task("loss", "Softmax Cross Entropy (forward)", points=2)
def test_forward(rng):
    forward_agrees(rng.standard_normal((20, 10)), one_hot(rng))


@task("loss", "Softmax Cross Entropy (derivative)", points=2)
def test_derivative(rng):
    derivative_agrees(rng.standard_normal((20, 10)), one_hot(rng))


@task("loss", "Softmax Cross Entropy of logits of ±1000 (forward)", points=0)
def test_forward_of_large_logits(rng):
    forward_agrees(large_logits(rng), one_hot(rng))


@task("loss", "Softmax Cross Entropy of logits of ±1000 (derivative)", points=0)
def test_derivative_of_large_logits(rng):
    derivative_agrees(large_logits(rng), one_hot(rng))


@task("loss", "Softmax Cross Entropy leaves the logits as they were", points=0)
def test_logits_survive(rng):
    x, y = rng.standard_normal((20, 10)), one_hot(rng)

    def scenario(m):
        criterion = m.SoftmaxCrossEntropy()
        criterion(x, y)
        criterion.derivative()
        return {"logits": criterion.logits, "labels": criterion.labels}

    agree(scenario)
