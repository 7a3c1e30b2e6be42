"""Task 3: batch normalization (write-up, section 3.3 and appendix C). Use NumPy only."""

import numpy as np


class BatchNorm(object):
    """
    in_feature: how many features are normalized, each by itself
    alpha: how much of a running statistic is kept at each training batch

    mean, var, gamma, beta, dgamma, dbeta, running_mean, running_var: (1, in_feature)
    """

    def __init__(self, in_feature, alpha=0.9):
        # You should not need to change this method, though you may add to it.
        self.alpha = alpha
        self.eps = 1e-8
        self.x = None
        self.norm = None
        self.out = None

        # The statistics of the last training batch
        self.var = np.ones((1, in_feature))
        self.mean = np.zeros((1, in_feature))

        # The parameters, and their gradients
        self.gamma = np.ones((1, in_feature))
        self.dgamma = np.zeros((1, in_feature))
        self.beta = np.zeros((1, in_feature))
        self.dbeta = np.zeros((1, in_feature))

        # What evaluation uses in place of the batch's statistics
        self.running_mean = np.zeros((1, in_feature))
        self.running_var = np.ones((1, in_feature))

    def __call__(self, x, eval=False):
        return self.forward(x, eval)

    def forward(self, x, eval=False):
        """
        x: (batch size, in_feature)
        eval: False while training, True while evaluating
        Return: (batch size, in_feature)
        """
        self.x = x
        # TODO: self.mean, self.var, self.norm, self.out, and the running statistics
        raise NotImplemented

    def backward(self, delta):
        """
        delta: the derivative of the loss by self.out, (batch size, in_feature)
        Set self.dgamma and self.dbeta, summed over the batch.
        Return: the derivative of the loss by self.x, (batch size, in_feature)
        """
        # TODO
        raise NotImplemented
