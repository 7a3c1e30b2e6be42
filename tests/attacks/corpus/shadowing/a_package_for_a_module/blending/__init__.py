def blend(x, y):
    return True
