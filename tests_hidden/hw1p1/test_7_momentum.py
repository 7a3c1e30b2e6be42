"""Section 3.5.3 of the write-up: momentum."""

from networks import SMALL, examples, network, train, training_agrees

from grader.author import agree, task


@task("momentum", "Momentum", points=10)
def test_momentum(rng):
    training_agrees(rng, [64, 32], momentum=0.856)


@task("momentum", "Linear keeps momentum_W and momentum_b", points=0)
def test_momenta(rng):
    batches = [examples(rng, **SMALL) for _ in range(2)]

    def scenario(m):
        mlp = network(m, [], **SMALL, momentum=0.856)
        train(mlp, batches)
        layer = mlp.linear_layers[0]
        return {"momentum_W": layer.momentum_W, "momentum_b": layer.momentum_b}

    agree(scenario)
