"""The notebook's first question: N linear layers are one."""

from itertools import pairwise

import numpy as np

from grader.author import agree, student, task


def network(rng, *widths):
    """Layers (W, b) from the first width to the last."""
    return [(rng.standard_normal((n, m)), rng.standard_normal(n)) for m, n in pairwise(widths)]


def collapse_agrees(layers):
    def scenario(m):
        W, b = m.collapse(layers)
        return {"W": W, "b": b}

    agree(scenario)


@task("linear-networks", "Two layers", points=7)
def test_two_layers(rng):
    collapse_agrees(network(rng, 4, 6, 3))


@task("linear-networks", "Five layers", points=8)
def test_five_layers(rng):
    collapse_agrees(network(rng, 4, 7, 2, 5, 5, 3))


@task("linear-networks", "One layer")
def test_one_layer(rng):
    collapse_agrees(network(rng, 4, 3))


@task("linear-networks", "The one layer does what all of them do")
def test_same_outputs(rng):
    layers, x = network(rng, 4, 6, 5, 3), rng.standard_normal(4)
    W, b = student.collapse(layers)
    expected = x
    for each_W, each_b in layers:
        expected = each_W @ expected + each_b
    assert np.allclose(W @ x + b, expected), "For a random x, W x + b is not what the layers give one after the other."
