"""A network of two layers, Linear_1 -> f -> Linear_2 -> g, and its losses. Use NumPy only.

A batch holds one sample in each row: x is (batch size, inputs), y and y_hat are (batch size, K).

`python test1.py`, `python test2.py` and `python test3.py` are examples of what is tested; hidden tests grade.
Answers in words go into theory.md (or theory.pdf). `sh create_tarball.sh`, run in this folder, makes the archive that
you hand in.
"""

import numpy as np

import activations


class MLP:
    """
    f_function, g_function: the names of functions in activations.py

    parameters: W1 (h, n), b1 (h,), W2 (K, h), b2 (K,). Tests set this dict.
    grads: dJdW1, dJdb1, dJdW2, dJdb2, each in the shape of what it belongs to
    cache: whatever your forward pass keeps for the backward pass
    """

    def __init__(self, linear_1_in_features, linear_1_out_features, f_function,
                 linear_2_in_features, linear_2_out_features, g_function):
        # You do not need to change this part.
        self.f = getattr(activations, f_function)
        self.f_derivative = getattr(activations, f_function + "_derivative")
        self.g = getattr(activations, g_function)
        self.g_derivative = getattr(activations, g_function + "_derivative")
        self.parameters = {
            "W1": np.random.randn(linear_1_out_features, linear_1_in_features),
            "b1": np.random.randn(linear_1_out_features),
            "W2": np.random.randn(linear_2_out_features, linear_2_in_features),
            "b2": np.random.randn(linear_2_out_features),
        }
        self.grads = {"dJd" + name: np.zeros_like(value) for name, value in self.parameters.items()}
        self.cache = {}

    def forward(self, x):
        """
        x: (batch size, n)
        Return: y_hat, (batch size, K)
        """
        # TODO: keep in self.cache what `backward` needs
        raise NotImplementedError

    def backward(self, dJdy_hat):
        """
        dJdy_hat: the derivative of the loss J by y_hat, (batch size, K). Where J is an average over the batch, dJdy_hat
                  is divided by the batch size already: do not divide again.
        Add the derivatives of J to self.grads: they accumulate until they are cleared.
        """
        # TODO
        raise NotImplementedError

    def clear_grad_and_cache(self):
        """Set everything in self.grads to zeros again, and empty self.cache."""
        # TODO
        raise NotImplementedError


def mse_loss(y, y_hat):
    """
    The squared error: summed over the K entries of a sample, averaged over the samples of the batch.

    y, y_hat: (batch size, K)
    Return: (loss, dJdy_hat), a number and an array (batch size, K)
    """
    # TODO
    raise NotImplementedError


def bce_loss(y, y_hat):
    """
    The binary cross entropy -(y log y_hat + (1 - y) log(1 - y_hat)): averaged over the K entries of a sample, and
    averaged over the samples of the batch.

    y: (batch size, K), zeros and ones
    y_hat: (batch size, K), between 0 and 1
    Return: (loss, dJdy_hat), a number and an array (batch size, K)
    """
    # TODO
    raise NotImplementedError
