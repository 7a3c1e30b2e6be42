"""What the tests of this suite build: the course's networks, their data, and the steps of training."""

import numpy as np

from grader.author import agree

# For a rule of which the course's size is no part: no two sizes alike, so that a hint tells one axis from another.
SMALL = {"inputs": 12, "classes": 5}


def weights(fan_in, fan_out):
    """(fan_in, fan_out) from NumPy's global generator, as the course draws them: `agree` seeds it for each side."""
    return np.random.randn(fan_in, fan_out)  # noqa: NPY002


def zeros(width):
    return np.zeros((1, width))


def examples(rng, n=20, inputs=784, classes=10):
    """(n, inputs) and (n, classes) one-hot labels."""
    return rng.standard_normal((n, inputs)), np.eye(classes)[rng.integers(classes, size=n)]


def network(m, hiddens, inputs=784, classes=10, lr=0.008, **options):
    """The course's MLP, unless other sizes are given: 784 inputs, sigmoid hidden layers, 10 logits."""
    activations = [*(m.Sigmoid() for _ in hiddens), m.Identity()]
    return m.MLP(inputs, classes, hiddens, activations, weights, zeros, m.SoftmaxCrossEntropy(), lr, **options)


def backpropagate(mlp, x, y):
    """Forward and backward from zeroed gradients, as training does: some layers add to what is there."""
    mlp.zero_grads()
    mlp.forward(x)
    mlp.backward(y)


def train(mlp, batches):
    for x, y in batches:
        backpropagate(mlp, x, y)
        mlp.step()


def gradients(mlp):
    layers = mlp.linear_layers
    return {"dW": [layer.dW for layer in layers], "db": [layer.db for layer in layers]}


def parameters(mlp):
    layers = mlp.linear_layers
    return {"W": [layer.W for layer in layers], "b": [layer.b for layer in layers]}


def forward_agrees(rng, hiddens, **options):
    x, _ = examples(rng)

    def scenario(m):
        return {"output": network(m, hiddens, **options).forward(x)}

    agree(scenario)


def backward_agrees(rng, hiddens, **options):
    x, y = examples(rng)

    def scenario(m):
        mlp = network(m, hiddens, **options)
        backpropagate(mlp, x, y)
        return gradients(mlp)

    agree(scenario)


def training_agrees(rng, hiddens, **options):
    """Five updates, each on a batch of its own."""
    batches = [examples(rng) for _ in range(5)]

    def scenario(m):
        mlp = network(m, hiddens, **options)
        train(mlp, batches)
        return parameters(mlp)

    agree(scenario)
