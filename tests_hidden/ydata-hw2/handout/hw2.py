"""Homework 2: theory, computed. Use NumPy only.

Fill in every function that says TODO. `python hw2.py` compares your partial derivatives with your numerical ones.
Answers in words go into theory.md (or theory.pdf). `sh create_tarball.sh`, run in this folder, makes the archive that
you hand in.
"""

import numpy as np


# --- Derivatives of activation functions ------------------------------------------------------------------------------


def sigmoid_derivative(t):
    """
    t: an array of any shape
    Return: the derivative of 1 / (1 + exp(-t)) at every entry, floats in the same shape.
    """
    # TODO
    raise NotImplementedError


def relu_derivative(t):
    """
    t: an array of any shape
    Return: the derivative of max(0, t) at every entry, floats in the same shape. At 0 you may choose 0 or 1.
    """
    # TODO
    raise NotImplementedError


def softmax_jacobian(z):
    """
    z: (K,), the logits of K classes
    Return: (K, K), all the derivatives of softmax: row j, column i holds that of softmax(z)[j] by z[i].
    """
    # TODO
    raise NotImplementedError


# --- Back propagation -------------------------------------------------------------------------------------------------
# The three functions are given. In code x1 is x[0], x2 is x[1], and so on.


def z1(x):
    """z = x1 + 5 x2 - 3 x3^2"""
    return x[0] + 5 * x[1] - 3 * x[2] ** 2


def z2(x):
    """z = x1 (x2 - 4) + exp(x3^2) / (5 x4^2): the whole product 5 x4^2 stands under the line."""
    return x[0] * (x[1] - 4) + np.exp(x[2] ** 2) / (5 * x[3] ** 2)


def z3(x):
    """z = 1 / x3 + exp((x1 + 5 (x2 + 3))^2)"""
    return 1 / x[2] + np.exp((x[0] + 5 * (x[1] + 3)) ** 2)


def dz1_dx(x):
    """
    x: (3,)
    Return: (3,), the derivatives of z1 by x1, x2 and x3.
    """
    # TODO
    raise NotImplementedError


def dz2_dx(x):
    """
    x: (4,)
    Return: (4,), the derivatives of z2 by x1, x2, x3 and x4.
    """
    # TODO
    raise NotImplementedError


def dz3_dx(x):
    """
    x: (3,)
    Return: (3,), the derivatives of z3 by x1, x2 and x3.
    """
    # TODO
    raise NotImplementedError


# --- Gradient checking ------------------------------------------------------------------------------------------------


def grad(f, x, dim, eps):
    """
    The derivative of f by x[dim], measured as a central difference: from f at x[dim] + eps and at x[dim] - eps.

    f: any function that takes an array like x and returns one number
    x: (n,). You may change it while you work; when you return it must be as it was.
    Return: a number
    """
    # TODO
    raise NotImplementedError


def gradient(f, x, eps):
    """All the derivatives of f at x, (n,), one after the other. Given: leave it as it is."""
    return np.array([grad(f, x, dim, eps) for dim in range(len(x))])


# --- Linear networks --------------------------------------------------------------------------------------------------


def collapse(layers):
    """
    layers: a list of N >= 1 layers (W, b), the first layer first. Each maps x to W x + b, with x a vector:
            W is (outputs, inputs) and b is (outputs,).
    Return: (W, b), the one layer that does what all of them do, one after the other.
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    for f, derivatives, x in (
        (z1, dz1_dx, np.array([1.0, 2.0, 3.0])),
        (z2, dz2_dx, np.array([1.0, 2.0, 1.5, 4.0])),
        (z3, dz3_dx, np.array([0.5, -3.0, 2.0])),
    ):
        print(f"{f.__name__}: derived - measured = {derivatives(x) - gradient(f, x, 1e-4)}")
