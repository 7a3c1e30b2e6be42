"""Section 3.5.2 of the write-up: hidden layers."""

import numpy as np
from networks import backpropagate, backward_agrees, examples, forward_agrees, gradients, weights, zeros

from grader.author import agree, student, task


@task("hidden-layers", "Single Hidden Layer (forward)", points=5)
def test_single_forward(rng):
    forward_agrees(rng, [32])


@task("hidden-layers", "Single Hidden Layer (backward)", points=5)
def test_single_backward(rng):
    backward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (forward) 1", points=6)
def test_n_forward_1(rng):
    forward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (forward) 2", points=6)
def test_n_forward_2(rng):
    forward_agrees(rng, [64, 32])


@task("hidden-layers", "N Hidden Layer (forward) 3", points=6)
def test_n_forward_3(rng):
    forward_agrees(rng, [32] * 5)


@task("hidden-layers", "N Hidden Layer (backward) 1", points=6)
def test_n_backward_1(rng):
    backward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (backward) 2", points=6)
def test_n_backward_2(rng):
    backward_agrees(rng, [64, 32])


@task("hidden-layers", "N Hidden Layer (backward) 3", points=6)
def test_n_backward_3(rng):
    backward_agrees(rng, [32] * 5)


@task("hidden-layers", "An activation of its own for each layer", points=0)
def test_mixed_activations(rng):
    x, y = examples(rng)

    def scenario(m):
        activations = [m.Tanh(), m.ReLU(), m.Sigmoid()]
        mlp = m.MLP(784, 10, [64, 32], activations, weights, zeros, m.SoftmaxCrossEntropy(), 0.008)
        backpropagate(mlp, x, y)
        return gradients(mlp)

    agree(scenario)


@task("hidden-layers", "get_training_stats learns, and returns four curves", points=0)
def test_training_stats(rng):
    labels = rng.integers(3, size=200)
    x, y = rng.standard_normal((200, 4)) + 3 * np.eye(3, 4)[labels], np.eye(3)[labels]
    dset = (x[:120], y[:120]), (x[120:160], y[120:160]), (x[160:], y[160:])

    activations, criterion = [student.Sigmoid(), student.Identity()], student.SoftmaxCrossEntropy()
    mlp = student.MLP(4, 3, [8], activations, lambda *shape: rng.standard_normal(shape), zeros, criterion, 0.5)
    curves = student.get_training_stats(mlp, dset, 6, 20)

    names = "training_losses", "training_errors", "validation_losses", "validation_errors"
    assert isinstance(curves, list | tuple), "get_training_stats returns four curves."
    assert len(curves) == len(names), "get_training_stats returns four curves."
    for name, curve in zip(names, map(np.asarray, curves), strict=True):
        assert curve.shape == (6,), f"{name} has one value for each of the 6 epochs."
        assert np.isfinite(curve).all(), f"{name} holds numbers, no NaN or infinity."
        # An error can be 0 from the first epoch on, and each hand-in shuffles as it likes: only the losses must fall.
        if name.endswith("losses"):
            assert curve[-1] < curve[0], f"{name} falls while the network learns this easy problem."
