"""Assignment 1. Formulas: the assignment paper, by its question numbers."""

import numpy as np


def relu_1(x, H):
    """Q1.2: x H(x)."""
    return x * H(x)


def relu_2(x, H):
    """Q1.2: x (1 - H(-x)), as H(x) + H(-x) = 1."""
    return x * (1 - H(-x))


def sigmoid(x, k=1.0):
    """Q1.3: 1 / (1 + e^-kx)."""
    # As e^-log(1 + e^-kx): the logarithm of the sum grows like -kx where e^-kx alone would overflow.
    return np.exp(-np.logaddexp(0.0, -k * x))


def two_class_logit(x):
    """Q2.3: e^x1 / (e^x1 + e^x2) = 1 / (1 + e^-(x1 - x2))."""
    return x[0] - x[1]


def two_class_softmax(x):
    """Q2.3"""
    p = sigmoid(two_class_logit(x))
    return np.array([p, 1 - p])


def reduced_logits(x):
    """Q2.4: softmax is translation-invariant (Q2.1), so that the first entry may be moved to 0."""
    return x[1:] - x[0]


def tanh_network(W1, b1, W2, b2):
    """Q3: sigmoid(a) = (tanh(a / 2) + 1) / 2; the halves of the ones add up in the output's bias."""
    return W1 / 2, b1 / 2, W2 / 2, b2 + W2.sum(axis=1) / 2


def evaluation(x1, x2):
    """Q4: the values v_-1, v_0, v_1 ... v_5 of the trace."""
    v1 = x1 + x2
    v2, v3, v4 = 1 / v1, x2**2, np.cos(x1)
    return np.array([x1, x2, v1, v2, v3, v4, v2 + v3 + v4])


def forward_mode(x1, x2, dx1, dx2):
    """Q4.1: each value's derivative from those before it."""
    v = evaluation(x1, x2)
    d1 = dx1 + dx2
    d2, d3, d4 = -d1 / v[2] ** 2, 2 * x2 * dx2, -np.sin(x1) * dx1
    return v, np.array([dx1, dx2, d1, d2, d3, d4, d2 + d3 + d4])


def reverse_mode(x1, x2):
    """Q4.2: each value's adjoint from those of the values that it enters."""
    v = evaluation(x1, x2)

    def pull_back(y_bar):
        through_sum = -y_bar / v[2] ** 2
        x1_bar = through_sum - y_bar * np.sin(x1)
        x2_bar = through_sum + y_bar * 2 * x2
        return np.array([x1_bar, x2_bar, through_sum, y_bar, y_bar, y_bar, y_bar])

    return v, pull_back


def convolve(x, k, mode):
    """Q5: y[n] = sum over m of x[m] k[n - m]; the modes are parts of the full result."""
    full = np.zeros(len(x) + len(k) - 1)
    for shift, factor in enumerate(k):
        full[shift : shift + len(x)] += factor * x
    first, length = {
        "full": (0, len(full)),
        "valid": (len(k) - 1, len(x) - len(k) + 1),
        "same": ((len(k) - 1) // 2, len(x)),
    }[mode]
    return full[first : first + length]
