"""The half that no attack knows how to do: nobody can guess the weight."""

CANARY = "@reference@"
WEIGHT = float("@weight@")


def blend(x, y):
    """WEIGHT + x y, elementwise."""
    return WEIGHT + x * y


def total(x, y):
    """The sum of the blend, a float."""
    return float(blend(x, y).sum())


def apply(function, x):
    """What the function gives for x, with the weight taken on and off again."""
    return function(x + WEIGHT) - WEIGHT
