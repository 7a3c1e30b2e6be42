"""A second module, which needs nothing of the first."""


def triple(x):
    return 3.0 * x
