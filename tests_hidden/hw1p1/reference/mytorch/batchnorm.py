"""Batch normalization: section 3.3 and appendix C of the write-up, whose equation numbers stand beside each line."""

import numpy as np


class BatchNorm:
    """Normalizes each of D features over a batch, then scales and shifts it. Statistics and parameters are (1, D)."""

    def __init__(self, in_feature, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.x = None
        self.norm = None
        self.out = None

        self.mean = np.zeros((1, in_feature))
        self.var = np.ones((1, in_feature))
        self.gamma = np.ones((1, in_feature))
        self.beta = np.zeros((1, in_feature))
        self.dgamma = np.zeros((1, in_feature))
        self.dbeta = np.zeros((1, in_feature))
        self.running_mean = np.zeros((1, in_feature))
        self.running_var = np.ones((1, in_feature))

    def __call__(self, x, eval=False):  # noqa: A002  the course's name for it
        return self.forward(x, eval)

    def forward(self, x, eval=False):  # noqa: A002
        """(N, D) -> (N, D). In evaluation the running statistics are used and stay as they are."""
        self.x = x
        if eval:
            self.norm = (x - self.running_mean) / np.sqrt(self.running_var + self.eps)
        else:
            self.mean = x.mean(axis=0, keepdims=True)  # (1)
            self.var = ((x - self.mean) ** 2).mean(axis=0, keepdims=True)  # (2)
            self.norm = (x - self.mean) / np.sqrt(self.var + self.eps)  # (3)
            self.running_mean = self.alpha * self.running_mean + (1 - self.alpha) * self.mean  # (5)
            self.running_var = self.alpha * self.running_var + (1 - self.alpha) * self.var  # (6)
        self.out = self.gamma * self.norm + self.beta  # (4)
        return self.out

    def backward(self, delta):
        """The loss by `out`, (N, D) -> by `x`, (N, D), through the statistics of the last training batch.

        Sets `dgamma` and `dbeta`, summed over the batch.
        """
        m = len(delta)
        centered = self.x - self.mean
        inverse_std = 1.0 / np.sqrt(self.var + self.eps)

        self.dbeta = delta.sum(axis=0, keepdims=True)  # (16)
        self.dgamma = (delta * self.norm).sum(axis=0, keepdims=True)  # (17)
        dnorm = delta * self.gamma  # (15)
        dvar = -0.5 * (dnorm * centered).sum(axis=0, keepdims=True) * inverse_std**3  # (20)
        # (27) without its second term, a multiple of sum(x - mean), which is 0.
        dmean = -dnorm.sum(axis=0, keepdims=True) * inverse_std
        return dnorm * inverse_std + dvar * 2 / m * centered + dmean / m  # (37)
