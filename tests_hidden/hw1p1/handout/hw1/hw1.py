"""Task 5: the multi-layer perceptron (write-up, sections 3.5 and 3.6). Use NumPy only.

Run everything from the folder that holds hw1/ and mytorch/.
"""

import sys

import numpy as np

sys.path.append("mytorch")
from loss import *
from activation import *
from batchnorm import *
from linear import *


class MLP(object):
    """
    input_size: the width of an example
    output_size: how many outputs there are
    hiddens: a list of the widths of the hidden layers
    activations: a list of Activation objects, one for each layer, the output layer too
    weight_init_fn, bias_init_fn: what Linear takes
    criterion: a Criterion object
    lr: the learning rate
    momentum: 0.0 until section 3.5.3
    num_bn_layers: how many layers, from the first on, have a BatchNorm
    """

    def __init__(self, input_size, output_size, hiddens, activations, weight_init_fn,
                 bias_init_fn, criterion, lr, momentum=0.0, num_bn_layers=0):
        # You do not need to change this part.
        self.train_mode = True
        self.num_bn_layers = num_bn_layers
        self.bn = num_bn_layers > 0
        self.nlayers = len(hiddens) + 1
        self.input_size = input_size
        self.output_size = output_size
        self.hiddens = hiddens
        self.activations = activations
        self.weight_init_fn = weight_init_fn
        self.bias_init_fn = bias_init_fn
        self.criterion = criterion
        self.lr = lr
        self.momentum = momentum

        # TODO: a list of Linear objects, one for each layer
        self.linear_layers = None

        # TODO: if self.bn, a list of num_bn_layers BatchNorm objects
        self.bn_layers = None

    def forward(self, x):
        """
        x: (batch size, input_size)
        Return: (batch size, output_size), kept in self.output
        """
        # TODO
        raise NotImplemented

    def zero_grads(self):
        """Set the gradient of every parameter to zero."""
        # TODO
        raise NotImplemented

    def step(self):
        """Apply the gradients that `backward` set to the parameters."""
        # TODO
        raise NotImplemented

    def backward(self, labels):
        """
        labels: one-hot, (batch size, output_size)
        Set the gradient of every parameter.
        """
        # TODO
        raise NotImplemented

    def error(self, labels):
        """How many examples of the last batch were classified wrongly."""
        return (np.argmax(self.output, axis=1) != np.argmax(labels, axis=1)).sum()

    def total_loss(self, labels):
        """The loss of the last batch, summed."""
        return self.criterion(self.output, labels).sum()

    def __call__(self, x):
        return self.forward(x)

    def train(self):
        self.train_mode = True

    def eval(self):
        self.train_mode = False


def get_training_stats(mlp, dset, nepochs, batch_size):
    """
    mlp: an MLP
    dset: (train, validation, test), each a pair of examples (n, input_size) and one-hot labels (n, output_size)
    Return: training_losses, training_errors, validation_losses, validation_errors, each an array of shape (nepochs,):
    averages over the examples, in training of each batch before its step, in validation after the epoch.

    Not graded. Shuffle the training set in each epoch, and call mlp.zero_grads() for each batch.
    """
    train, val, _ = dset

    training_losses = np.zeros(nepochs)
    training_errors = np.zeros(nepochs)
    validation_losses = np.zeros(nepochs)
    validation_errors = np.zeros(nepochs)

    # TODO: train with `train`, evaluate with `val`, fill the arrays
    raise NotImplemented

    return training_losses, training_errors, validation_losses, validation_errors
