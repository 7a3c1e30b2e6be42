"""What the tests of this suite differentiate: the notebook's three functions, and points where they are tame."""

import numpy as np


def z1(x):
    return x[0] + 5 * x[1] - 3 * x[2] ** 2


def z2(x):
    return x[0] * (x[1] - 4) + np.exp(x[2] ** 2) / (5 * x[3] ** 2)


def z3(x):
    return 1 / x[2] + np.exp((x[0] + 5 * (x[1] + 3)) ** 2)


def point_for_z1(rng):
    return rng.standard_normal(3)


def point_for_z2(rng):
    """x4 keeps away from its pole at 0."""
    return np.append(rng.uniform(-1.5, 1.5, size=3), rng.uniform(0.5, 2.0))


def point_for_z3(rng):
    """x2 close to -3, so that the exponential of a square stays small; x3 away from its pole at 0."""
    return np.array([rng.uniform(-0.5, 0.5), -3.0 + rng.uniform(-0.2, 0.2), rng.uniform(0.5, 2.0)])


def slopes(f, x, h=1e-5):
    """(n,): the derivatives of f at x by central differences."""
    return np.array([(f(x + step) - f(x - step)) / (2 * h) for step in h * np.eye(len(x))])
