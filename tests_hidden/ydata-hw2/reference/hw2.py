"""Homework 2. Formulas: the course's notebook, by the titles of its sections."""

import numpy as np


def sigmoid_derivative(t):
    """Derivatives of Activation Functions, 1: e^-t / (1 + e^-t)^2, which is s(t) s(-t)."""
    # s as e^-log(1 + e^-t): the logarithm of the sum grows like -t where e^-t alone would overflow.
    return np.exp(-np.logaddexp(0.0, -t) - np.logaddexp(0.0, t))


def relu_derivative(t):
    """Derivatives of Activation Functions, 2: Heaviside's step, here with 0 at 0."""
    return np.where(t > 0.0, 1.0, 0.0)


def softmax_jacobian(z):
    """Derivatives of Activation Functions, 3: s_j (delta_ij - s_i)."""
    s = np.exp(z - z.max())  # a common factor of numerator and denominator, so that no exponent is positive
    s /= s.sum()
    return np.diag(s) - np.outer(s, s)


def z1(x):
    return x[0] + 5 * x[1] - 3 * x[2] ** 2


def z2(x):
    return x[0] * (x[1] - 4) + np.exp(x[2] ** 2) / (5 * x[3] ** 2)


def z3(x):
    return 1 / x[2] + np.exp((x[0] + 5 * (x[1] + 3)) ** 2)


def dz1_dx(x):
    """Back Propagation, first function."""
    return np.array([1.0, 5.0, -6.0 * x[2]])


def dz2_dx(x):
    """Back Propagation, second function; the parentheses of 5 x4^2 stand in the notebook's code and not in its text."""
    e = np.exp(x[2] ** 2)
    return np.array([x[1] - 4, x[0], 2 * x[2] * e / (5 * x[3] ** 2), -2 * e / (5 * x[3] ** 3)])


def dz3_dx(x):
    """Back Propagation, third function."""
    inner = x[0] + 5 * (x[1] + 3)
    outer = 2 * inner * np.exp(inner**2)
    return np.array([outer, 5 * outer, -1 / x[2] ** 2])


def grad(f, x, dim, eps):
    """Gradient Checking: (f(x + eps) - f(x - eps)) / (2 eps)."""
    # Points of its own, in floats: x stays as it is, and whole numbers do not cut eps off.
    ahead, behind = np.array(x, dtype=float), np.array(x, dtype=float)
    ahead[dim] += eps
    behind[dim] -= eps
    return (f(ahead) - f(behind)) / (2 * eps)


def gradient(f, x, eps):
    return np.array([grad(f, x, dim, eps) for dim in range(len(x))])


def collapse(layers):
    """The notebook's first question, by induction: W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)."""
    W, b = layers[0]
    for next_W, next_b in layers[1:]:
        W, b = next_W @ W, next_W @ b + next_b
    return W, b
