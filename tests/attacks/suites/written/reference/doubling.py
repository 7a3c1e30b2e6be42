"""The half that every attack has done honestly."""


def double(x):
    """Twice x."""
    return 2 * x
