"""Problem 1's network (5 ReLU, then identity; MSE), on numbers that you can follow with a pencil."""

import numpy as np

from mlp import MLP, mse_loss

net = MLP(2, 2, "five_relu", 2, 1, "identity")
net.parameters = {
    "W1": np.array([[1.0, -1.0], [2.0, 0.0]]),
    "b1": np.array([0.0, -1.0]),
    "W2": np.array([[1.0, -1.0]]),
    "b2": np.array([2.0]),
}
x = np.array([[1.0, 2.0], [3.0, 1.0]])
y = np.array([[-2.0], [-10.0]])

y_hat = net.forward(x)
assert np.array_equal(y_hat, [[-3.0], [-13.0]]), y_hat

loss, dJdy_hat = mse_loss(y, y_hat)
assert loss == 5.0, loss
assert np.array_equal(dJdy_hat, [[-1.0], [-3.0]]), dJdy_hat

net.clear_grad_and_cache()
net.forward(x)
net.backward(dJdy_hat)
assert np.array_equal(net.grads["dJdW2"], [[-30.0, -80.0]]), net.grads["dJdW2"]
assert np.array_equal(net.grads["dJdb2"], [-4.0]), net.grads["dJdb2"]
assert np.array_equal(net.grads["dJdW1"], [[-45.0, -15.0], [50.0, 25.0]]), net.grads["dJdW1"]
assert np.array_equal(net.grads["dJdb1"], [-15.0, 20.0]), net.grads["dJdb1"]
print("test1 passed")
