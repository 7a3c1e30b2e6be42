"""A function whose wrong results have a plain relation to the right ones, and a class whose wrong results have none."""

from grader.author import agree, task


@task("scale", "Scales", points=1)
def test_scale(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"scaled": m.scale(x)})


@task("scale", "Scales what has one column", points=1)
def test_scale_of_one_column(rng):
    x = rng.standard_normal((6, 1))
    agree(lambda m: {"scaled": m.scale(x)})


@task("smooth", "Smooths", points=2)
def test_smooth(rng):
    batches = rng.standard_normal((3, 5))

    def scenario(m):
        average = m.MovingAverage(0.9)
        for batch in batches:
            average.see(batch)
        return {"value": average.value, "seen": average.seen}

    agree(scenario)
