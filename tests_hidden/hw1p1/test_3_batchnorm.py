"""Task 3 of the write-up: batch normalization, in a network (scored) and as a layer by itself (advice)."""

import numpy as np
from networks import SMALL, backpropagate, examples, gradients, network, parameters, train

from grader.author import agree, task


def statistics_of(layer):
    return {"running_mean": layer.running_mean, "running_var": layer.running_var}


@task("batch-normalization", "Batch Normalization (training time)", points=12)
def test_training_time(rng):
    x, y = examples(rng)

    def scenario(m):
        mlp = network(m, [64, 32], num_bn_layers=1)
        backpropagate(mlp, x, y)
        bn = mlp.bn_layers[0]
        return {"dgamma": bn.dgamma, "dbeta": bn.dbeta, **gradients(mlp)}

    agree(scenario)


@task("batch-normalization", "Batch Normalization (inference time)", points=6)
def test_inference_time(rng):
    seen, *unseen = [examples(rng, 100) for _ in range(11)]

    def scenario(m):
        mlp = network(m, [64, 32], num_bn_layers=1)
        train(mlp, [seen])
        mlp.eval()
        return {"output": [mlp.forward(x) for x, _ in unseen]}

    agree(scenario)


@task("batch-normalization", "BatchNorm layer (forward)", points=0)
def test_layer_forward(rng):
    x = 3 + 2 * rng.standard_normal((20, 8))

    def scenario(m):
        return {"out": m.BatchNorm(8)(x)}

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: what backward returns", points=0)
def test_layer_backward(rng):
    x, delta = 3 + 2 * rng.standard_normal((20, 8)), rng.standard_normal((20, 8))

    def scenario(m):
        layer = m.BatchNorm(8)
        layer.forward(x)
        return {"dx": layer.backward(delta)}

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: mean and var are (1, D)", points=0)
def test_layer_statistics(rng):
    x = 3 + 2 * rng.standard_normal((20, 8))

    def scenario(m):
        layer = m.BatchNorm(8)
        layer.forward(x)
        return {"mean": layer.mean, "var": layer.var}

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: eps beside a small variance", points=0)
def test_layer_eps(rng):
    x, delta = 1e-4 * rng.standard_normal((20, 8)), rng.standard_normal((20, 8))

    def scenario(m):
        layer = m.BatchNorm(8)
        values = {"out": layer(x), "dx": layer.backward(delta)}
        layer.running_var = np.full((1, 8), 1e-9)
        return values | {"out in evaluation": layer(x, eval=True)}

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: running statistics", points=0)
def test_layer_running_statistics(rng):
    batches = 3 + 2 * rng.standard_normal((3, 20, 8))

    def scenario(m):
        layer = m.BatchNorm(8)
        for x in batches:
            layer.forward(x)
        return statistics_of(layer)

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: alpha is an argument", points=0)
def test_layer_alpha(rng):
    x = 3 + 2 * rng.standard_normal((20, 8))

    def scenario(m):
        layer = m.BatchNorm(8, alpha=0.5)
        layer.forward(x)
        return statistics_of(layer)

    agree(scenario)


@task("batch-normalization", "BatchNorm layer: evaluation keeps the running statistics", points=0)
def test_layer_evaluation_keeps_statistics(rng):
    seen, unseen = 3 + 2 * rng.standard_normal((2, 20, 8))

    def scenario(m):
        layer = m.BatchNorm(8)
        layer.forward(seen)
        layer.forward(unseen, eval=True)
        return statistics_of(layer)

    agree(scenario)


@task("batch-normalization", "MLP without batch normalization: bn_layers is empty or None", points=0)
def test_no_bn_layers():
    def scenario(m):
        return {"has bn_layers": bool(network(m, []).bn_layers)}

    agree(scenario)


@task("batch-normalization", "MLP.zero_grads clears dgamma and dbeta", points=0)
def test_zero_grads_of_bn(rng):
    x, y = examples(rng, **SMALL)

    def scenario(m):
        mlp = network(m, [8], num_bn_layers=1, **SMALL)
        # A step, so that beta is not 0 by itself.
        train(mlp, [(x, y)])
        mlp.zero_grads()
        bn = mlp.bn_layers[0]
        return {"dgamma": bn.dgamma, "dbeta": bn.dbeta}

    agree(scenario)


def trained_parameters_agree(rng, hiddens, **options):
    batches = [examples(rng, **SMALL) for _ in range(5)]

    def scenario(m):
        # Fast, so that five steps take gamma and beta well away from where they began.
        mlp = network(m, hiddens, lr=0.1, **SMALL, **options)
        train(mlp, batches)
        bns = mlp.bn_layers
        return {"gamma": [bn.gamma for bn in bns], "beta": [bn.beta for bn in bns], **parameters(mlp)}

    agree(scenario)


@task("batch-normalization", "Gamma and beta take a step", points=0)
def test_step(rng):
    trained_parameters_agree(rng, [8], num_bn_layers=1)


@task("batch-normalization", "Batch normalization in two layers", points=0)
def test_two_layers(rng):
    trained_parameters_agree(rng, [8, 6], num_bn_layers=2)


@task("batch-normalization", "Batch normalization in every layer", points=0)
def test_every_layer(rng):
    trained_parameters_agree(rng, [8, 6], num_bn_layers=3)


@task("batch-normalization", "Batch normalization with momentum", points=0)
def test_with_momentum(rng):
    trained_parameters_agree(rng, [8], num_bn_layers=1, momentum=0.856)
