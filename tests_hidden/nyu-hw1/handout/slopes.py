"""Measures the derivatives that your backward pass computes, for test2.py and test3.py."""

import numpy as np

from mlp import MLP


def check(f_function, g_function, loss, seed):
    """Compares each entry of each gradient with (J(p + h) - J(p - h)) / (2 h)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((6, 4))
    y = rng.integers(0, 2, size=(6, 3)).astype(float)
    net = MLP(4, 5, f_function, 5, 3, g_function)
    # The same numbers each time: a unit of ReLU that happens to start near 0 has no slope to measure.
    net.parameters = {
        "W1": rng.standard_normal((5, 4)),
        "b1": rng.standard_normal(5),
        "W2": rng.standard_normal((3, 5)),
        "b2": rng.standard_normal(3),
    }

    _, dJdy_hat = loss(y, net.forward(x))
    net.backward(dJdy_hat)

    h = 1e-5
    for name, parameter in net.parameters.items():
        measured = np.zeros_like(parameter)
        for place in np.ndindex(parameter.shape):
            value = parameter[place]
            parameter[place] = value + h
            ahead, _ = loss(y, net.forward(x))
            parameter[place] = value - h
            behind, _ = loss(y, net.forward(x))
            parameter[place] = value
            measured[place] = (ahead - behind) / (2 * h)
        assert net.grads["dJd" + name].shape == parameter.shape, f"dJd{name} has another shape than {name}"
        assert np.allclose(net.grads["dJd" + name], measured, rtol=1e-4, atol=1e-7), f"dJd{name} is not what is measured"
