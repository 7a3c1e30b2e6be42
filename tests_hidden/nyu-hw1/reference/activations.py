"""Activations. Formulas: problems 1 to 3 of the course's paper; softplus and GELU by their definitions."""

import math

import numpy as np

_erf = np.vectorize(math.erf, otypes=[float])


def identity(z):
    return z


def identity_derivative(z):
    return np.ones_like(z)


def relu(z):
    """Problem 3.3 (a)."""
    return np.maximum(z, 0.0)


def relu_derivative(z):
    return np.where(z > 0.0, 1.0, 0.0)


def five_relu(z):
    """Problem 1."""
    return 5.0 * relu(z)


def five_relu_derivative(z):
    """Problem 1.4: 0 or 5."""
    return 5.0 * relu_derivative(z)


def tanh(z):
    """Problem 2."""
    return np.tanh(z)


def tanh_derivative(z):
    """Problem 2.1: sech^2, which is 1 - tanh^2."""
    return 1.0 - np.tanh(z) ** 2


def sigmoid(z):
    """Problem 2, as e^-log(1 + e^-z): the logarithm of the sum grows like -z where e^-z alone would overflow."""
    return np.exp(-np.logaddexp(0.0, -z))


def sigmoid_derivative(z):
    """Problem 2.1: s (1 - s), with 1 - s(z) = s(-z)."""
    return sigmoid(z) * sigmoid(-z)


def leaky_relu(z):
    """Problem 3.3 (b)."""
    return np.where(z > 0.0, z, 0.01 * z)


def leaky_relu_derivative(z):
    return np.where(z > 0.0, 1.0, 0.01)


def softplus(z):
    """Problem 3.3 (c): log(e^0 + e^z)."""
    return np.logaddexp(0.0, z)


def softplus_derivative(z):
    """e^z / (1 + e^z)."""
    return sigmoid(z)


def gelu(z):
    """Problem 3.3 (d): z Phi(z), with Phi(z) = (1 + erf(z / sqrt 2)) / 2."""
    return z * (1.0 + _erf(z / math.sqrt(2.0))) / 2.0


def gelu_derivative(z):
    """Phi(z) + z phi(z), by the product rule."""
    return (1.0 + _erf(z / math.sqrt(2.0))) / 2.0 + z * np.exp(-(z**2) / 2.0) / math.sqrt(2.0 * math.pi)
