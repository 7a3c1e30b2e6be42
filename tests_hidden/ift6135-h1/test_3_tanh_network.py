"""Question 3. Many tanh networks do what one sigmoid network does (units may change places or signs): outputs count."""

import numpy as np

from grader.author import student, task

NAMES = ("W1", "b1", "W2", "b2")


def parameters(rng, D, M, K):
    return (rng.standard_normal((M, D)), rng.standard_normal(M), rng.standard_normal((K, M)), rng.standard_normal(K))


def outputs(f, W1, b1, W2, b2, X):
    """(N, K): the network's outputs for the rows of X."""
    return f(X @ W1.T + b1) @ W2.T + b2


def sigmoid(a):
    return (np.tanh(a / 2) + 1) / 2


def rewritten(given):
    """The student's parameters, in the shapes that the question asks for."""
    new = student.tanh_network(*given)
    assert isinstance(new, tuple | list), "tanh_network returns (W1, b1, W2, b2)."
    assert len(new) == 4, "tanh_network returns (W1, b1, W2, b2): four arrays."
    for name, before, after in zip(NAMES, given, new, strict=True):
        assert np.shape(after) == before.shape, f"The new {name} has the shape {np.shape(after)}, not {before.shape}."
    return new


def check(given, X):
    gap = outputs(np.tanh, *rewritten(given), X) - outputs(sigmoid, *given, X)
    constant = np.allclose(gap, gap[0])
    assert np.allclose(gap, 0, atol=1e-8), (
        "The outputs are off by the same for every x: look at the bias of the second layer."
        if constant
        else "For a random x, the tanh network's output is not the sigmoid network's."
    )


@task("q3", "The same outputs", points=5)
def test_same_outputs(rng):
    check(parameters(rng, 4, 6, 3), rng.standard_normal((20, 4)))


@task("q3", "Networks of other sizes", points=3)
def test_other_sizes(rng):
    for D, M, K in ((1, 1, 1), (2, 9, 1), (7, 3, 5)):
        check(parameters(rng, D, M, K), rng.standard_normal((20, D)))
