"""The right solution's second module."""


class MovingAverage:
    def __init__(self, alpha):
        self.alpha = alpha
        self.value = 0.0
        self.seen = 0

    def see(self, x):
        self.value = self.alpha * self.value + (1 - self.alpha) * x
        self.seen = self.seen + 1
