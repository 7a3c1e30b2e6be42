"""Task 4: the linear layer (write-up, section 3.4). Use NumPy only."""

import numpy as np


class Linear(object):
    """
    in_feature, out_feature: the widths of input and output
    weight_init_fn(in_feature, out_feature): gives an (in_feature, out_feature) array
    bias_init_fn(out_feature): gives a (1, out_feature) array

    W, dW, momentum_W: (in_feature, out_feature)
    b, db, momentum_b: (1, out_feature)
    """

    def __init__(self, in_feature, out_feature, weight_init_fn, bias_init_fn):
        self.W = weight_init_fn(in_feature, out_feature)
        self.b = bias_init_fn(out_feature)

        # The gradients of the last backward pass. You set them there.
        self.dW = np.zeros((in_feature, out_feature))
        self.db = np.zeros((1, out_feature))

        # What MLP.step keeps from one step to the next. You need them in section 3.5.3.
        self.momentum_W = np.zeros((in_feature, out_feature))
        self.momentum_b = np.zeros((1, out_feature))

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        """
        x: (batch size, in_feature)
        Return: (batch size, out_feature)
        """
        # TODO: keep what `backward` needs
        raise NotImplemented

    def backward(self, delta):
        """
        delta: the derivative of the loss by this layer's output, (batch size, out_feature)
        Set self.dW and self.db, averaged over the batch.
        Return: the derivative of the loss by this layer's input, (batch size, in_feature), not averaged.
        """
        # TODO
        raise NotImplemented
