"""Section 3.5.1 of the write-up: an MLP without hidden layers."""

from networks import SMALL, backward_agrees, examples, forward_agrees, gradients, network, train, training_agrees

from grader.author import agree, task


@task("linear-mlp", "Linear Classifier (forward)", points=2)
def test_forward(rng):
    forward_agrees(rng, [])


@task("linear-mlp", "Linear Classifier (backward)", points=2)
def test_backward(rng):
    backward_agrees(rng, [])


@task("linear-mlp", "Linear Classifier (step)", points=2)
def test_step(rng):
    training_agrees(rng, [])


@task("linear-mlp", "MLP.output keeps the last output", points=0)
def test_output(rng):
    x, _ = examples(rng, **SMALL)

    def scenario(m):
        mlp = network(m, [], **SMALL)
        mlp.forward(x)
        return {"output": mlp.output}

    agree(scenario)


@task("linear-mlp", "MLP.error counts wrong answers", points=0)
def test_error(rng):
    x, y = examples(rng, 200, **SMALL)

    def scenario(m):
        mlp = network(m, [], **SMALL)
        mlp.forward(x)
        return {"error": mlp.error(y)}

    agree(scenario)


@task("linear-mlp", "MLP.total_loss sums the loss", points=0)
def test_total_loss(rng):
    x, y = examples(rng, **SMALL)

    def scenario(m):
        mlp = network(m, [], **SMALL)
        mlp.forward(x)
        return {"total_loss": mlp.total_loss(y)}

    agree(scenario)


@task("linear-mlp", "MLP.zero_grads clears dW and db", points=0)
def test_zero_grads(rng):
    x, y = examples(rng, **SMALL)

    def scenario(m):
        mlp = network(m, [], **SMALL)
        # A step, so that no parameter is 0 by itself.
        train(mlp, [(x, y)])
        mlp.zero_grads()
        return gradients(mlp)

    agree(scenario)
