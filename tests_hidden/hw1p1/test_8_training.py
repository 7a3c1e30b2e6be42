"""Section 3.6 of the write-up: the training loop. Ungraded, and last, so that it costs nothing that counts."""

from itertools import pairwise

import digits
import numpy as np
from networks import zeros

from grader.author import agree, both, show_curves, task

DATA = digits.dataset()
WIDTHS = digits.SIDE**2, 32, digits.CLASSES
EPOCHS, BATCH = 10, 50
# As the write-up names the pictures of them.
CURVES = "train loss", "train error", "val loss", "val error"


def repeated(rng, n):
    """n times the same example, so that it makes no difference which of them are in a batch."""
    return np.repeat(rng.standard_normal((1, 6)), n, axis=0), np.repeat(np.eye(3)[:1], n, axis=0)


def drawn(rng, n):
    """n examples; where all of them are one batch, it makes no difference how they are shuffled."""
    return rng.standard_normal((n, 6)), np.eye(3)[rng.integers(3, size=n)]


@task("momentum", "Training curves are averages over the examples", points=0)
def test_training_curves_are_averages(rng):
    # Not as many as are seen, and no multiple of a batch: whose number is taken, and the last batch, must show.
    unseen = drawn(rng, 10)
    # Not from the global generator: how much of that a hand-in's shuffling takes is its own affair.
    drawn_weights = {shape: rng.standard_normal(shape) for shape in pairwise((6, 4, 3))}
    cases = {"in batches": (repeated(rng, 7), 3, 0), "in one batch": (drawn(rng, 7), 10, 1)}

    def given_weights(*shape):
        return drawn_weights[shape]

    def scenario(m):
        values = {}
        for case, (seen, batch_size, num_bn_layers) in cases.items():
            activations, criterion = [m.Tanh(), m.Identity()], m.SoftmaxCrossEntropy()
            mlp = m.MLP(6, 3, [4], activations, given_weights, zeros, criterion, 0.05, num_bn_layers=num_bn_layers)
            curves = m.get_training_stats(mlp, (seen, unseen, unseen), 4, batch_size)
            values |= {f"{name} {case}": curve for name, curve in zip(CURVES, curves, strict=True)}
        return values

    agree(scenario)


@task("momentum", "Training curves", points=0)
def test_training_curves(rng):
    drawn_once = {shape: rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in pairwise(WIDTHS)}

    def scaled_weights(*shape):
        return drawn_once[shape]

    def scenario(m):
        inputs, hidden, classes = WIDTHS
        activations, criterion = [m.Tanh(), m.Identity()], m.SoftmaxCrossEntropy()
        mlp = m.MLP(inputs, classes, [hidden], activations, scaled_weights, zeros, criterion, 0.05, momentum=0.9)
        return m.get_training_stats(mlp, DATA, EPOCHS, BATCH)

    got, expected = both(scenario)
    assert isinstance(got, list | tuple), "get_training_stats returns four curves."
    assert len(got) == len(CURVES), "get_training_stats returns four curves."
    # Each hand-in shuffles as it likes, so that a right solution's curves are like the reference's, and not the same.
    pairs = dict(zip(CURVES, zip(got, expected, strict=True), strict=True))
    show_curves("Ten epochs on five hundred digits", "epoch", pairs)
    for name in ("train loss", "val loss"):
        first, *_, last = pairs[name][0]
        # By more than the noise of adding up in another order.
        assert last < 0.99 * first, (
            f"The {name} does not fall: it is {first:.3g} in the first epoch and {last:.3g} in the last. Look at what "
            "each batch does: zero_grads, forward, backward, step."
        )
