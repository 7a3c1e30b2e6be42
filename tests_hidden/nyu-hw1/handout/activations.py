"""Activations and their derivatives, entry by entry. Use NumPy and Python's own library only.

Every function takes an array z of any shape and returns floats in the same shape. MLP in mlp.py finds the functions
here by their names: `tanh` and `tanh_derivative`. Derivatives are taken at z, not at the activation's output.
"""

import math

import numpy as np


def identity(z):
    """z. Given as an example."""
    return z


def identity_derivative(z):
    return np.ones_like(z)


def relu(z):
    """max(0, z)"""
    # TODO
    raise NotImplementedError


def relu_derivative(z):
    """At 0 it is taken as 0."""
    # TODO
    raise NotImplementedError


def five_relu(z):
    """5 max(0, z), the f of problem 1"""
    # TODO
    raise NotImplementedError


def five_relu_derivative(z):
    """At 0 it is taken as 0."""
    # TODO
    raise NotImplementedError


def tanh(z):
    """The hyperbolic tangent, the f of problem 2"""
    # TODO
    raise NotImplementedError


def tanh_derivative(z):
    # TODO
    raise NotImplementedError


def sigmoid(z):
    """1 / (1 + exp(-z)), the g of problem 2"""
    # TODO
    raise NotImplementedError


def sigmoid_derivative(z):
    # TODO
    raise NotImplementedError


def leaky_relu(z):
    """z where it is positive, 0.01 z elsewhere"""
    # TODO
    raise NotImplementedError


def leaky_relu_derivative(z):
    """At 0 it is taken as 0.01."""
    # TODO
    raise NotImplementedError


def softplus(z):
    """log(1 + exp(z)): beta is 1"""
    # TODO
    raise NotImplementedError


def softplus_derivative(z):
    # TODO
    raise NotImplementedError


def gelu(z):
    """z P(Z <= z) for a standard normal Z. Exact, by math.erf (one number at a time); not an approximation by tanh."""
    # TODO
    raise NotImplementedError


def gelu_derivative(z):
    # TODO
    raise NotImplementedError
