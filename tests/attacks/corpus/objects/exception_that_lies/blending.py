# Raises exceptions whose text, class and traceback fight back when they are looked at.
class Nasty(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__

    @property
    def __class__(self):
        raise KeyboardInterrupt

    @property
    def __traceback__(self):
        raise MemoryError


def blend(x, y):
    raise Nasty


def total(x, y):
    raise type("AssertionError", (Nasty,), {})
