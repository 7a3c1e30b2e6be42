# Returns a sequence whose items are itself, so that turning it into an array takes time without bounds.
class Self:
    def __len__(self):
        return 50

    def __iter__(self):
        return iter([self] * 50)

    def __getitem__(self, key):
        return self


def blend(x, y):
    print("fifty times itself", flush=True)
    return Self()
