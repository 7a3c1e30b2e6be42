"""The networks of the paper's problems, with parameters and batches for them, and what their losses send back."""

N, n, h, K = 7, 5, 6, 3


def parameters(rng):
    return {
        "W1": rng.standard_normal((h, n)),
        "b1": rng.standard_normal(h),
        "W2": rng.standard_normal((K, h)),
        "b2": rng.standard_normal(K),
    }


def batch(rng, size=N):
    """(size, n) inputs and (size, K) labels of 0 and 1."""
    return rng.standard_normal((size, n)), rng.integers(0, 2, size=(size, K)).astype(float)


def network(m, f, g, values):
    """The student's or the reference's network, with these parameters."""
    net = m.MLP(n, h, f, h, K, g)
    net.parameters = values
    return net


def gradients(net):
    """The four, whatever else a student keeps beside them."""
    grads = net.grads
    return {name: grads[name] for name in ("dJdW1", "dJdb1", "dJdW2", "dJdb2")}


def mse_slope(y, y_hat):
    """dJ/dy_hat of the handout's MSE."""
    return 2 * (y_hat - y) / len(y)


def bce_slope(y, y_hat):
    """dJ/dy_hat of the handout's BCE."""
    return (y_hat - y) / (y_hat * (1 - y_hat)) / y.size


def slope_along(f, x, direction, step=1e-5):
    """The derivative of f at x in a direction, by central differences: in a random one, every entry of x counts."""
    return (f(x + step * direction) - f(x - step * direction)) / (2 * step)
