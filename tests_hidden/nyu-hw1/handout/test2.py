"""Gradients with the MSE loss, measured: problem 1's network and problem 2's."""

from mlp import mse_loss
from slopes import check

check("five_relu", "identity", mse_loss, seed=1)
check("tanh", "sigmoid", mse_loss, seed=2)
print("test2 passed")
