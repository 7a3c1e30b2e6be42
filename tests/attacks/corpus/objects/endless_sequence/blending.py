# Returns a sequence that claims billions of items and yields for ever.
class Endless:
    def __len__(self):
        return 1 << 60

    def __iter__(self):
        while True:
            yield 1.0

    def __getitem__(self, key):
        return 1.0


def blend(x, y):
    print("a sequence without end", flush=True)
    return Endless()
