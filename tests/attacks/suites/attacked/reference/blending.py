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
    """WEIGHT, and by how much the function is more than one above x."""
    return WEIGHT + (function(x) - x - 1)
