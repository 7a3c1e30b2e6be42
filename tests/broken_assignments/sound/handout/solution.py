"""What students begin with."""


def scale(x, factor):
    raise NotImplementedError


def draw(count):
    raise NotImplementedError
