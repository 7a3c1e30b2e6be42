"""A class of the student's, asked for what it computes."""

from grader.author import agree, student, task

BATCH, INPUTS, OUTPUTS = 20, 7, 5


# The title is what students see; the points of a task's tests add up to the task's.
@task("linear", "Forward", points=2)
def test_forward(rng):
    # Draw inputs from `rng`: they are the same in every grading.
    x = rng.standard_normal((BATCH, INPUTS))
    weights, bias = rng.standard_normal((INPUTS, OUTPUTS)), rng.standard_normal((1, OUTPUTS))

    # A scenario runs with the reference and with the student's code, each in place of `m`. What it returns is compared
    # name by name: type, dtype, shape, values. The names are the student's to read in hints.
    def scenario(m):
        return {"y": m.Linear(weights, bias).forward(x)}

    agree(scenario)


@task("linear", "Backward", points=3)
def test_backward(rng):
    batches = rng.standard_normal((2, BATCH, INPUTS)), rng.standard_normal((2, BATCH, OUTPUTS))
    weights, bias = rng.standard_normal((INPUTS, OUTPUTS)), rng.standard_normal((1, OUTPUTS))

    # Two batches, so that a layer which keeps what its first call made does not pass for a right one.
    def scenario(m):
        layer = m.Linear(weights, bias)
        for x, delta in zip(*batches, strict=True):
            layer.forward(x)
            dx = layer.backward(delta)
        return {"dx": dx, "dW": layer.dW, "db": layer.db}

    agree(scenario)


@task("linear", "A batch of one row", points=1)
def test_one_row(rng):
    layer = student.Linear(rng.standard_normal((INPUTS, OUTPUTS)), rng.standard_normal((1, OUTPUTS)))
    y = layer.forward(rng.standard_normal((1, INPUTS)))
    # An assert of your own: the sentence is all that the student reads.
    assert y.shape == (1, OUTPUTS), "forward of one row must return one row."


# Without points a test is advisory: it is shown with its hints, and worth nothing.
@task("linear", "A second forward gives the same")
def test_forward_twice(rng):
    x = rng.standard_normal((BATCH, INPUTS))
    weights, bias = rng.standard_normal((INPUTS, OUTPUTS)), rng.standard_normal((1, OUTPUTS))

    def scenario(m):
        layer = m.Linear(weights, bias)
        layer.forward(x)
        return {"y": layer.forward(x)}

    agree(scenario)
