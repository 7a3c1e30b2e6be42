"""Section 3.5.2 of the write-up: hidden layers."""

from networks import SMALL, backpropagate, backward_agrees, examples, forward_agrees, gradients, weights, zeros

from grader.author import agree, task


@task("hidden-layers", "Single Hidden Layer (forward)", points=5)
def test_single_forward(rng):
    forward_agrees(rng, [32])


@task("hidden-layers", "Single Hidden Layer (backward)", points=5)
def test_single_backward(rng):
    backward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (forward) 1", points=6)
def test_n_forward_1(rng):
    forward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (forward) 2", points=6)
def test_n_forward_2(rng):
    forward_agrees(rng, [64, 32])


@task("hidden-layers", "N Hidden Layer (forward) 3", points=6)
def test_n_forward_3(rng):
    forward_agrees(rng, [32] * 5)


@task("hidden-layers", "N Hidden Layer (backward) 1", points=6)
def test_n_backward_1(rng):
    backward_agrees(rng, [32])


@task("hidden-layers", "N Hidden Layer (backward) 2", points=6)
def test_n_backward_2(rng):
    backward_agrees(rng, [64, 32])


@task("hidden-layers", "N Hidden Layer (backward) 3", points=6)
def test_n_backward_3(rng):
    backward_agrees(rng, [32] * 5)


@task("hidden-layers", "An activation of its own for each layer", points=0)
def test_mixed_activations(rng):
    batches = [examples(rng, **SMALL) for _ in range(2)]

    def scenario(m):
        activations = [m.Tanh(), m.ReLU(), m.Sigmoid()]
        mlp = m.MLP(*SMALL.values(), [8, 6], activations, weights, zeros, m.SoftmaxCrossEntropy(), 0.008)
        for x, y in batches:
            backpropagate(mlp, x, y)
        return gradients(mlp)

    agree(scenario)
