"""Section 3.6 of the write-up: the training loop. Ungraded, and the last test, so that it costs nothing that counts."""

from itertools import pairwise

import digits
import numpy as np
from networks import zeros

from grader.author import both, show_curves, task

DATA = digits.dataset()
WIDTHS = digits.SIDE**2, 32, digits.CLASSES
EPOCHS, BATCH = 10, 50
# As the write-up names the pictures of them.
CURVES = "train loss", "train error", "val loss", "val error"


@task("momentum", "Training curves", points=0, seconds=3)
def test_training_curves(rng):
    drawn = {shape: rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in pairwise(WIDTHS)}

    def weights(*shape):
        return drawn[shape]

    def scenario(m):
        inputs, hidden, classes = WIDTHS
        activations, criterion = [m.Tanh(), m.Identity()], m.SoftmaxCrossEntropy()
        mlp = m.MLP(inputs, classes, [hidden], activations, weights, zeros, criterion, 0.05, momentum=0.9)
        return m.get_training_stats(mlp, DATA, EPOCHS, BATCH)

    got, expected = both(scenario)
    assert isinstance(got, list | tuple), "get_training_stats returns four curves."
    assert len(got) == len(CURVES), "get_training_stats returns four curves."
    # Each hand-in shuffles as it likes, so that a right solution's curves are like the reference's, and not the same.
    pairs = dict(zip(CURVES, zip(got, expected, strict=True), strict=True))
    show_curves("Ten epochs on a thousand digits", "epoch", pairs)
    for name in ("train loss", "val loss"):
        first, *_, last = pairs[name][0]
        # By more than the noise of adding up in another order.
        assert last < 0.99 * first, (
            f"The {name} does not fall: it is {first:.3g} in the first epoch and {last:.3g} in the last. Look at what "
            "each batch does: zero_grads, forward, backward, step."
        )
