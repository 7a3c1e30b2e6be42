"""The multi-layer perceptron (section 3.5 of the write-up) and its training loop (section 3.6)."""

from itertools import pairwise

import numpy as np
from batchnorm import BatchNorm
from linear import Linear


class MLP:
    """Linear -> BatchNorm (in the first `num_bn_layers` layers) -> activation, layer after layer.

    `hiddens` holds the width of each hidden layer; `activations` has one object more, for the output layer.
    `weight_init_fn(in, out)` gives an (in, out) array, `bias_init_fn(out)` a (1, out) one.
    """

    def __init__(
        self,
        input_size,
        output_size,
        hiddens,
        activations,
        weight_init_fn,
        bias_init_fn,
        criterion,
        lr,
        momentum=0.0,
        num_bn_layers=0,
    ):
        self.input_size = input_size
        self.output_size = output_size
        self.hiddens = hiddens
        self.activations = activations
        self.weight_init_fn = weight_init_fn
        self.bias_init_fn = bias_init_fn
        self.criterion = criterion
        self.lr = lr
        self.momentum = momentum
        self.num_bn_layers = num_bn_layers
        self.bn = num_bn_layers > 0
        self.nlayers = len(hiddens) + 1
        self.train_mode = True
        self.output = None

        widths = [input_size, *hiddens, output_size]
        self.linear_layers = [Linear(*pair, weight_init_fn, bias_init_fn) for pair in pairwise(widths)]
        self.bn_layers = [BatchNorm(width) for width in widths[1 : num_bn_layers + 1]]

    def __call__(self, x):
        return self.forward(x)

    def train(self):
        self.train_mode = True

    def eval(self):
        self.train_mode = False

    def forward(self, x):
        """(N, input_size) -> (N, output_size), kept as `output`. 3.5.2 gives the order within a layer."""
        for i in range(self.nlayers):
            x = self.linear_layers[i](x)
            if i < self.num_bn_layers:
                x = self.bn_layers[i](x, eval=not self.train_mode)
            x = self.activations[i](x)
        self.output = x
        return x

    def backward(self, labels):
        """Set the gradient of every parameter, from one-hot `labels`, (N, output_size). Appendix D, backpropagation."""
        self.criterion(self.output, labels)
        delta = self.criterion.derivative()
        for i in reversed(range(self.nlayers)):
            delta = delta * self.activations[i].derivative()
            if i < self.num_bn_layers:
                delta = self.bn_layers[i].backward(delta)
            delta = self.linear_layers[i].backward(delta)

    def zero_grads(self):
        for layer in self.linear_layers:
            layer.dW = np.zeros_like(layer.W)
            layer.db = np.zeros_like(layer.b)
        for bn in self.bn_layers:
            bn.dgamma = np.zeros_like(bn.gamma)
            bn.dbeta = np.zeros_like(bn.beta)

    def step(self):
        """Gradient descent: 3.5.3, with momentum for W and b; gamma and beta take a plain step."""
        for layer in self.linear_layers:
            layer.momentum_W = self.momentum * layer.momentum_W - self.lr * layer.dW
            layer.momentum_b = self.momentum * layer.momentum_b - self.lr * layer.db
            layer.W = layer.W + layer.momentum_W
            layer.b = layer.b + layer.momentum_b
        for bn in self.bn_layers:
            bn.gamma = bn.gamma - self.lr * bn.dgamma
            bn.beta = bn.beta - self.lr * bn.dbeta

    def error(self, labels):
        """How many rows of the last `output` have their largest value in another place than `labels`."""
        return np.count_nonzero(self.output.argmax(axis=1) != labels.argmax(axis=1))

    def total_loss(self, labels):
        """The summed loss of the last `output`."""
        return self.criterion(self.output, labels).sum()


def get_training_stats(mlp, dset, nepochs, batch_size):
    """Train `mlp` and return (training_losses, training_errors, validation_losses, validation_errors).

    Each is an (nepochs,) array of averages over the examples: of the loss, and of how many are misclassified. The
    training pair is measured batch by batch while the network learns, the validation pair after each epoch. `dset` is
    (train, validation, test), each a pair of (n, input_size) examples and (n, output_size) one-hot labels.
    """
    (train_x, train_y), (val_x, val_y), _ = dset
    order = np.arange(len(train_x))
    training, validation = np.zeros((nepochs, 2)), np.zeros((nepochs, 2))
    for epoch in range(nepochs):
        np.random.shuffle(order)  # noqa: NPY002  3.6 asks for this very function
        mlp.train()
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            mlp.zero_grads()
            mlp.forward(train_x[batch])
            mlp.backward(train_y[batch])
            mlp.step()
            training[epoch] += mlp.total_loss(train_y[batch]), mlp.error(train_y[batch])
        mlp.eval()
        for start in range(0, len(val_x), batch_size):
            batch = slice(start, start + batch_size)
            mlp.forward(val_x[batch])
            validation[epoch] += mlp.total_loss(val_y[batch]), mlp.error(val_y[batch])
    mlp.train()
    return *(training / len(train_x)).T, *(validation / len(val_x)).T
