# Has sequences drawn that have another length each time they are asked, and items without end.
import itertools


class Lying(list):
    counted = itertools.count()

    def __len__(self):
        return next(self.counted) * 10**6

    def __iter__(self):
        return itertools.count()

    def __getitem__(self, key):
        return self

    def __array__(self, *given, **named):
        raise SystemExit(0)


def image():
    return [[0.0, 1.0], [Lying(), 1.0]]


def losses(epochs):
    return Lying([1.0, 2.0])
