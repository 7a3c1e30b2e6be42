"""Assignment 1: what can be computed. Use NumPy only.

Fill in every function that says TODO. Numbers go into answers.toml, proofs into proofs.md (or proofs.pdf).
`sh create_tarball.sh`, run in this folder, makes the archive that you hand in.
"""

import numpy as np


# --- Question 1 -------------------------------------------------------------------------------------------------------


def relu_1(x, H):
    """
    ReLU, max(0, x), by the step function alone: without max, where or a comparison.

    x: an array of any shape
    H: the step function, which takes an array: 1 above 0, 1/2 at 0 and 0 below
    Return: an array in the shape of x
    """
    # TODO
    raise NotImplementedError


def relu_2(x, H):
    """The same by another definition: one that looks at the step function elsewhere than relu_1 does."""
    # TODO
    raise NotImplementedError


def sigmoid(x, k=1.0):
    """
    1 / (1 + exp(-k x)), entry by entry

    x: a number, or an array of any shape
    k: a number; for a large k this is nearly the step function
    """
    # TODO
    raise NotImplementedError


# --- Question 2 -------------------------------------------------------------------------------------------------------


def two_class_logit(x):
    """
    x: (2,), the logits of two classes
    Return: the number z for which softmax(x) = [sigmoid(z), 1 - sigmoid(z)]
    """
    # TODO
    raise NotImplementedError


def two_class_softmax(x):
    """
    x: (2,), the logits of two classes
    Return: (2,), softmax(x), by your sigmoid
    """
    # TODO
    raise NotImplementedError


def reduced_logits(x):
    """
    x: (K,), the logits of K >= 2 classes
    Return: (K - 1,), the numbers y for which softmax(x) = softmax([0, y_1, ..., y_(K-1)])
    """
    # TODO
    raise NotImplementedError


# --- Question 3 -------------------------------------------------------------------------------------------------------


def tanh_network(W1, b1, W2, b2):
    """
    The parameters of a network W2 tanh(W1 x + b1) + b2 that computes what W2 sigmoid(W1 x + b1) + b2 computes with
    those given.

    W1: (M, D), b1: (M,), W2: (K, M), b2: (K,)
    Return: (W1, b1, W2, b2), the new ones, in the same shapes
    """
    # TODO
    raise NotImplementedError


# --- Question 4 -------------------------------------------------------------------------------------------------------
# y = 1 / (x1 + x2) + x2^2 + cos(x1), in these steps:
#
#   v_-1 = x1    v_0 = x2    v1 = v_-1 + v_0    v2 = 1 / v1    v3 = v_0^2    v4 = cos(v_-1)    v5 = v2 + v3 + v4 = y
#
# A trace is an array of 7 numbers, one for each of v_-1, v_0, v1, v2, v3, v4 and v5, in this order.


def forward_mode(x1, x2, dx1, dx2):
    """
    dx1, dx2: the derivatives of x1 and x2 by whatever y is derived by
    Return: (v, dv), the trace of the values and the trace of their derivatives, both (7,)
    """
    # TODO
    raise NotImplementedError


def reverse_mode(x1, x2):
    """
    Return: (v, pull_back)
        v: (7,), the trace of the values
        pull_back: a function. pull_back(y_bar), with the adjoint of y, returns the adjoint trace, (7,): at each place
                   y_bar times the derivative of y by that value. It may be called as often as one likes.
    """
    # TODO
    raise NotImplementedError


# --- Question 5 -------------------------------------------------------------------------------------------------------


def convolve(x, k, mode):
    """
    The convolution of x with k, with kernel flipping. Write it yourself: np.convolve is there to check it.

    x: (n,), k: (m,) with m <= n, floats
    mode: "full": (n + m - 1,), every place where the two overlap
          "valid": (n - m + 1,), where k lies within x
          "same": (n,), the middle of the full result: without its first (m - 1) // 2 entries
    """
    # TODO
    raise NotImplementedError
