"""The linear layer: section 3.4 of the write-up. The one place where gradients are averaged over the batch."""

import numpy as np


class Linear:
    """z = x W + b, with W of shape (in, out) and b of shape (1, out).

    `dW`, `db`, `momentum_W`, `momentum_b` have the shapes of what they belong to.
    """

    def __init__(self, in_feature, out_feature, weight_init_fn, bias_init_fn):
        self.W = weight_init_fn(in_feature, out_feature)
        self.b = bias_init_fn(out_feature)
        self.dW = np.zeros((in_feature, out_feature))
        self.db = np.zeros((1, out_feature))
        self.momentum_W = np.zeros((in_feature, out_feature))
        self.momentum_b = np.zeros((1, out_feature))
        self.x = None

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        """(N, in) -> (N, out). 3.4.1."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, delta):
        """The loss by this layer's output, (N, out) -> by its input, (N, in). 3.4.2: only dW and db are averaged."""
        self.dW = self.x.T @ delta / len(delta)
        self.db = delta.mean(axis=0, keepdims=True)
        return delta @ self.W.T
