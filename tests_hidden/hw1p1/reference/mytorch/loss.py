"""The loss. Formulas: appendices A (softmax cross entropy) and B (LogSumExp) of the write-up."""

import numpy as np


class Criterion:
    """What every loss offers: `x` are logits and `y` one-hot labels, both (N, C)."""

    def __init__(self):
        self.logits = None
        self.labels = None
        self.loss = None

    def __call__(self, x, y):
        return self.forward(x, y)

    def forward(self, x, y):
        """Return the loss of each example, (N,): neither summed nor averaged."""
        raise NotImplementedError

    def derivative(self):
        """Return the derivative of each example's loss by its logits, (N, C): not divided by N."""
        raise NotImplementedError


class SoftmaxCrossEntropy(Criterion):
    """L(x, y) = -sum_i y_i log softmax(x)_i."""

    def forward(self, x, y):
        self.logits, self.labels = x, y
        # Appendix B with a = max(x): no exponent is positive, so nothing overflows, and one of them is 0, so the sum is
        # never 0 under the logarithm.
        a = x.max(axis=1, keepdims=True)
        log_sum_exp = a + np.log(np.exp(x - a).sum(axis=1, keepdims=True))
        self.log_softmax = x - log_sum_exp
        self.loss = -(y * self.log_softmax).sum(axis=1)  # appendix A
        return self.loss

    def derivative(self):
        return np.exp(self.log_softmax) - self.labels  # appendix A, its last line
