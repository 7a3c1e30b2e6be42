# Recurses in C until the stack is gone.
import sys

sys.setrecursionlimit(1 << 30)


def blend(x, y):
    print("down without end", flush=True)
    def deeper(value):
        return [*map(deeper, [value])]

    return deeper(x)
