"""Task 4 of the write-up: the linear layer."""

from networks import weights, zeros

from grader.author import agree, task


@task("linear-layer", "Linear Layer (forward)", points=2)
def test_forward(rng):
    x = rng.standard_normal((20, 784))

    def scenario(m):
        return {"forward": m.Linear(784, 10, weights, zeros).forward(x)}

    agree(scenario)


@task("linear-layer", "Linear Layer (backward)", points=2)
def test_backward(rng):
    x, delta = rng.standard_normal((20, 784)), rng.standard_normal((20, 10))

    def scenario(m):
        layer = m.Linear(784, 10, weights, zeros)
        layer.forward(x)
        layer.backward(delta)
        return {"dW": layer.dW, "db": layer.db}

    agree(scenario)


@task("linear-layer", "Linear Layer adds its bias", points=0)
def test_bias(rng):
    x, bias = rng.standard_normal((20, 8)), rng.standard_normal((1, 4))

    def scenario(m):
        return {"forward": m.Linear(8, 4, weights, lambda _width: bias).forward(x)}

    agree(scenario)


@task("linear-layer", "Linear Layer: what backward returns", points=0)
def test_backward_returns_dx(rng):
    x, delta = rng.standard_normal((20, 8)), rng.standard_normal((20, 4))

    def scenario(m):
        layer = m.Linear(8, 4, weights, zeros)
        layer.forward(x)
        return {"dx": layer.backward(delta)}

    agree(scenario)


@task("linear-layer", "Linear Layer: backward replaces the last gradients", points=0)
def test_second_backward_does_not_add(rng):
    x, delta = rng.standard_normal((20, 8)), rng.standard_normal((20, 4))

    def scenario(m):
        layer = m.Linear(8, 4, weights, zeros)
        layer.forward(x)
        layer.backward(delta)
        layer.backward(delta)
        return {"dW": layer.dW, "db": layer.db}

    agree(scenario)
