# Computes for ever.
def blend(x, y):
    while True:
        x = x * 1.0
