"""Activations. Formulas: sections 3.1.1 to 3.1.6 of the write-up.

Each keeps its output in `state`, and takes its derivative from there.
"""

import numpy as np


class Activation:
    """What every activation offers. Arrays go in and come out in one shape, (N, D)."""

    def __init__(self):
        self.state = None

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        """Return the activation of `x`, and keep it in `state`."""
        raise NotImplementedError

    def derivative(self):
        """Return the derivative at the last `x`, in the shape of `state`."""
        raise NotImplementedError


class Identity(Activation):
    """f(z) = z."""

    def forward(self, x):
        self.state = x
        return x

    def derivative(self):
        return 1.0


class Sigmoid(Activation):
    """S(z) = 1 / (1 + e^-z)."""

    def forward(self, x):
        # 3.1.1, as e^-log(1 + e^-z): the logarithm of the sum grows like -z where e^-z alone would overflow.
        self.state = np.exp(-np.logaddexp(0.0, -x))
        return self.state

    def derivative(self):
        return self.state * (1.0 - self.state)  # 3.1.2


class Tanh(Activation):
    """tanh(z) = (e^z - e^-z) / (e^z + e^-z)."""

    def forward(self, x):
        self.state = np.tanh(x)  # 3.1.3; NumPy's own saturates where the quotient would be inf / inf
        return self.state

    def derivative(self):
        return 1.0 - self.state**2  # 3.1.4


class ReLU(Activation):
    """R(z) = z for z > 0, else 0."""

    def forward(self, x):
        self.state = np.maximum(x, 0.0)  # 3.1.5
        return self.state

    def derivative(self):
        return np.where(self.state > 0.0, 1.0, 0.0)  # 3.1.6: 0 at z = 0
