"""Task 1: activation functions (write-up, section 3.1). Use NumPy only."""

import numpy as np


class Activation(object):
    """The blueprint of every activation. You do not need to change it.

    `state` is where `forward` keeps its output, so that `derivative` can use it.
    """

    def __init__(self):
        self.state = None

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        raise NotImplemented

    def derivative(self):
        raise NotImplemented


class Identity(Activation):
    """f(z) = z. Given as an example."""

    def forward(self, x):
        self.state = x
        return x

    def derivative(self):
        return 1.0


class Sigmoid(Activation):
    """Sections 3.1.1 and 3.1.2."""

    def forward(self, x):
        """
        x: (batch size, features)
        Return: the sigmoid of every entry, same shape. Keep it in self.state.
        """
        # TODO
        raise NotImplemented

    def derivative(self):
        """
        Return: the derivative at the last x, from self.state, same shape.
        """
        # TODO
        raise NotImplemented


class Tanh(Activation):
    """Sections 3.1.3 and 3.1.4."""

    def forward(self, x):
        """
        x: (batch size, features)
        Return: the hyperbolic tangent of every entry, same shape. Keep it in self.state.
        """
        # TODO
        raise NotImplemented

    def derivative(self):
        """
        Return: the derivative at the last x, from self.state, same shape.
        """
        # TODO
        raise NotImplemented


class ReLU(Activation):
    """Sections 3.1.5 and 3.1.6."""

    def forward(self, x):
        """
        x: (batch size, features)
        Return: every entry, or 0 where it is negative, same shape. Keep it in self.state.
        """
        # TODO
        raise NotImplemented

    def derivative(self):
        """
        Return: the derivative at the last x, from self.state, same shape. It is 0 where x was 0.
        """
        # TODO
        raise NotImplemented
