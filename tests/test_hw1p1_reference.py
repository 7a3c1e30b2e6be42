"""The reference of hw1p1 by itself: its gradients are those of its own forward pass, and it keeps its promises."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

REFERENCE = Path(__file__).parents[1] / "tests_hidden" / "hw1p1" / "reference"
MODULES = ("hw1", "activation", "loss", "linear", "batchnorm")


@pytest.fixture(scope="module")
def mytorch():
    """The reference's names in one namespace; its modules, called `loss` and `linear`, are not left behind."""
    with pytest.MonkeyPatch.context() as patch:
        for folder in ("mytorch", "hw1"):
            patch.syspath_prepend(REFERENCE / folder)
        names = {}
        for module in MODULES:
            names.update(vars(importlib.import_module(module)))
        yield SimpleNamespace(**names)
        for module in MODULES:
            del sys.modules[module]


@pytest.fixture
def rng():
    return np.random.default_rng(11785)


def frozen(array):
    """An array that complains when it is written into."""
    array.flags.writeable = False
    return array


def slope(f, x, h=1e-6):
    """The derivative of the number f(x) by each entry of `x`, by central differences."""
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += h
        behind[place] -= h
        result[place] = (f(ahead) - f(behind)) / (2 * h)
    return result


def agrees(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["Identity", "Sigmoid", "Tanh", "ReLU"])
def test_an_activation_has_the_slope_that_its_derivative_says(mytorch, rng, name):
    activation = getattr(mytorch, name)()
    x = frozen(rng.standard_normal((5, 4)))
    expected = slope(lambda x: activation(x).sum(), x)
    assert activation(x) is activation.state
    agrees(np.broadcast_to(activation.derivative(), x.shape), expected)


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh", "ReLU"])
def test_an_activation_stays_finite_far_out(mytorch, name):
    activation = getattr(mytorch, name)()
    far_out = np.array([[-800.0, 0.0, 800.0]])
    assert np.isfinite(activation(far_out)).all()
    assert np.isfinite(activation.derivative()).all()


def test_sigmoid_keeps_small_values_apart(mytorch):
    np.testing.assert_allclose(mytorch.Sigmoid()(np.array([-30.0, -300.0])), np.exp([-30.0, -300.0]), rtol=1e-12)


def test_relu_has_slope_zero_at_zero(mytorch):
    relu = mytorch.ReLU()
    relu(np.zeros((1, 1)))
    assert relu.derivative() == 0.0


def test_the_loss_has_the_slope_that_its_derivative_says(mytorch, rng):
    criterion, labels = mytorch.SoftmaxCrossEntropy(), np.eye(4)[[0, 3, 1, 1, 2]]
    x = frozen(rng.standard_normal((5, 4)))
    expected = slope(lambda x: criterion(x, labels).sum(), x)
    assert criterion(x, labels).shape == (5,)
    agrees(criterion.derivative(), expected)


def test_the_loss_of_large_logits_is_the_gap_to_the_largest(mytorch):
    criterion = mytorch.SoftmaxCrossEntropy()
    loss = criterion(np.array([[1000.0, -1000.0], [1000.0, -1000.0]]), np.eye(2))
    np.testing.assert_array_equal(loss, [0.0, 2000.0])
    np.testing.assert_array_equal(criterion.derivative(), [[0.0, 0.0], [1.0, -1.0]])


def test_linear_averages_its_gradients_and_passes_on_the_whole(mytorch, rng):
    x, delta = frozen(rng.standard_normal((5, 4))), frozen(rng.standard_normal((5, 3)))
    layer = mytorch.Linear(
        4, 3, lambda *shape: rng.standard_normal(shape), lambda width: rng.standard_normal((1, width))
    )
    weights, bias = layer.W, layer.b
    layer(x)
    dx = layer.backward(delta)
    agrees(dx, slope(lambda x: (delta * (x @ weights + bias)).sum(), x))
    agrees(layer.dW, slope(lambda W: (delta * (x @ W + bias)).sum(), weights) / 5)
    agrees(layer.db, slope(lambda b: (delta * (x @ weights + b)).sum(), bias) / 5)


def batchnorm(mytorch, gamma, beta):
    layer = mytorch.BatchNorm(gamma.shape[1])
    layer.gamma, layer.beta = gamma, beta
    return layer


def test_batchnorm_differentiates_through_its_statistics(mytorch, rng):
    x, delta = frozen(rng.standard_normal((6, 3))), frozen(rng.standard_normal((6, 3)))
    gamma, beta = rng.standard_normal((2, 1, 3))
    layer = batchnorm(mytorch, gamma, beta)
    layer(x)
    dx = layer.backward(delta)
    agrees(dx, slope(lambda x: (delta * batchnorm(mytorch, gamma, beta)(x)).sum(), x))
    agrees(layer.dgamma, slope(lambda gamma: (delta * batchnorm(mytorch, gamma, beta)(x)).sum(), gamma))
    agrees(layer.dbeta, slope(lambda beta: (delta * batchnorm(mytorch, gamma, beta)(x)).sum(), beta))


def test_batchnorm_keeps_running_statistics_in_training_only(mytorch, rng):
    layer, batches = mytorch.BatchNorm(3, alpha=0.8), rng.standard_normal((4, 10, 3))
    mean, var = np.zeros((1, 3)), np.ones((1, 3))
    for x in batches:
        layer(x)
        mean, var = 0.8 * mean + 0.2 * x.mean(axis=0), 0.8 * var + 0.2 * x.var(axis=0)
    evaluated = layer(batches[0], eval=True)
    agrees(layer.running_mean, mean)
    agrees(layer.running_var, var)
    agrees(evaluated, (batches[0] - mean) / np.sqrt(var + 1e-8))


def network(mytorch, rng, **options):
    activations = [mytorch.Tanh(), mytorch.Sigmoid(), mytorch.Identity()]
    return mytorch.MLP(
        6,
        3,
        [5, 4],
        activations,
        lambda *shape: rng.standard_normal(shape),
        lambda width: rng.standard_normal((1, width)),
        mytorch.SoftmaxCrossEntropy(),
        0.1,
        **options,
    )


@pytest.mark.parametrize("num_bn_layers", [0, 1, 2, 3])
def test_every_parameter_of_a_network_gets_its_gradient(mytorch, rng, num_bn_layers):
    mlp = network(mytorch, rng, num_bn_layers=num_bn_layers)
    x, labels = frozen(rng.standard_normal((8, 6))), np.eye(3)[rng.integers(3, size=8)]

    def loss_with(layer, name, value):
        before = getattr(layer, name)
        setattr(layer, name, value)
        loss = mlp.criterion(mlp(x), labels).sum()
        setattr(layer, name, before)
        return loss

    mlp(x)
    mlp.backward(labels)
    for layer in mlp.linear_layers:
        agrees(layer.dW, slope(lambda W: loss_with(layer, "W", W), layer.W) / 8)  # noqa: B023
        agrees(layer.db, slope(lambda b: loss_with(layer, "b", b), layer.b) / 8)  # noqa: B023
    assert len(mlp.bn_layers) == num_bn_layers
    for layer in mlp.bn_layers:
        agrees(layer.dgamma, slope(lambda gamma: loss_with(layer, "gamma", gamma), layer.gamma))  # noqa: B023
        agrees(layer.dbeta, slope(lambda beta: loss_with(layer, "beta", beta), layer.beta))  # noqa: B023


def test_a_step_under_a_steady_gradient_gathers_momentum(mytorch, rng):
    mlp = network(mytorch, rng, momentum=0.5, num_bn_layers=1)
    layer, bn = mlp.linear_layers[0], mlp.bn_layers[0]
    before, layer.dW, bn.dgamma = layer.W.copy(), np.ones_like(layer.W), np.ones_like(bn.gamma)
    for _ in range(3):
        mlp.step()
    agrees(layer.W, before - 0.1 * (1 + 1.5 + 1.75))
    agrees(bn.gamma, np.full_like(bn.gamma, 1 - 0.1 * 3))


def test_zero_grads_clears_every_gradient(mytorch, rng):
    mlp = network(mytorch, rng, num_bn_layers=2)
    mlp(rng.standard_normal((8, 6)))
    mlp.backward(np.eye(3)[rng.integers(3, size=8)])
    mlp.zero_grads()
    for layer in mlp.linear_layers:
        assert not layer.dW.any()
        assert not layer.db.any()
    for bn in mlp.bn_layers:
        assert not bn.dgamma.any()
        assert not bn.dbeta.any()


def test_error_and_total_loss_speak_of_the_last_output(mytorch, rng):
    mlp = network(mytorch, rng)
    mlp.output = np.log([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    labels = np.eye(3)[[0, 2]]
    assert mlp.error(labels) == 1
    agrees(mlp.total_loss(labels), -np.log(0.7) - np.log(0.1))


def test_training_learns_an_easy_problem(mytorch, rng):
    labels = rng.integers(3, size=300)
    x, y = rng.standard_normal((300, 6)) + 3 * np.eye(3, 6)[labels], np.eye(3)[labels]
    splits = (x[:200], y[:200]), (x[200:], y[200:]), (x[:0], y[:0])
    mlp = network(mytorch, rng, momentum=0.9, num_bn_layers=1)
    curves = mytorch.get_training_stats(mlp, splits, nepochs=8, batch_size=30)
    assert [curve.shape for curve in curves] == [(8,)] * 4
    assert all(curve[-1] < curve[0] for curve in curves)
    assert curves[1][-1] < 0.1
    assert curves[3][-1] < 0.1
