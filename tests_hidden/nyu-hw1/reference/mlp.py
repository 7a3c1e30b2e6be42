"""A network of two layers and its losses. Formulas: problems 1 and 2 of the course's paper.

The paper has one sample as a column; here a batch has one in each row, so that its products stand transposed.
"""

import activations
import numpy as np


class MLP:
    """Linear_1 -> f -> Linear_2 -> g. W1 (h, n), b1 (h,), W2 (K, h), b2 (K,); f and g by name."""

    def __init__(
        self,
        linear_1_in_features,
        linear_1_out_features,
        f_function,
        linear_2_in_features,
        linear_2_out_features,
        g_function,
    ):
        self.f = getattr(activations, f_function)
        self.f_derivative = getattr(activations, f_function + "_derivative")
        self.g = getattr(activations, g_function)
        self.g_derivative = getattr(activations, g_function + "_derivative")
        self.parameters = {
            "W1": np.random.randn(linear_1_out_features, linear_1_in_features),  # noqa: NPY002  as the handout draws
            "b1": np.random.randn(linear_1_out_features),  # noqa: NPY002
            "W2": np.random.randn(linear_2_out_features, linear_2_in_features),  # noqa: NPY002
            "b2": np.random.randn(linear_2_out_features),  # noqa: NPY002
        }
        self.clear_grad_and_cache()

    def forward(self, x):
        """(N, n) -> (N, K). The table of problem 1.2."""
        z1 = x @ self.parameters["W1"].T + self.parameters["b1"]
        z2 = self.f(z1)
        z3 = z2 @ self.parameters["W2"].T + self.parameters["b2"]
        self.cache = {"x": x, "z1": z1, "z2": z2, "z3": z3}
        return self.g(z3)

    def backward(self, dJdy_hat):
        """Problem 1.3; the sum over the batch is in the products."""
        dJdz3 = dJdy_hat * self.g_derivative(self.cache["z3"])
        dJdz1 = dJdz3 @ self.parameters["W2"] * self.f_derivative(self.cache["z1"])
        self.grads["dJdW2"] = self.grads["dJdW2"] + dJdz3.T @ self.cache["z2"]
        self.grads["dJdb2"] = self.grads["dJdb2"] + dJdz3.sum(axis=0)
        self.grads["dJdW1"] = self.grads["dJdW1"] + dJdz1.T @ self.cache["x"]
        self.grads["dJdb1"] = self.grads["dJdb1"] + dJdz1.sum(axis=0)

    def clear_grad_and_cache(self):
        self.grads = {f"dJd{name}": np.zeros_like(value) for name, value in self.parameters.items()}
        self.cache = {}


def mse_loss(y, y_hat):
    """Problem 1: ||y_hat - y||^2 of each sample, and 1.4 for its derivative; averaged over the batch."""
    error = y_hat - y
    return (error**2).sum() / len(y), 2.0 * error / len(y)


def bce_loss(y, y_hat):
    """Problem 2.2, where 1/K stands in the formula; averaged over the batch."""
    # A prediction that is certain would meet 0 log 0. So close to 0 and 1 nothing else changes.
    y_hat = np.clip(y_hat, 1e-15, 1.0 - 1e-15)
    losses = -(y * np.log(y_hat) + (1.0 - y) * np.log(1.0 - y_hat))
    return losses.mean(), (y_hat - y) / (y_hat * (1.0 - y_hat)) / y.size
