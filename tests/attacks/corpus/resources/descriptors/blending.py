# Opens files and pipes until there are no descriptors left, and keeps them.
import os

kept = []


def blend(x, y):
    try:
        while len(kept) < 100_000:
            kept.extend(os.pipe())
    except OSError as error:
        for each in kept:
            os.close(each)
        print(error)
    return x * y
