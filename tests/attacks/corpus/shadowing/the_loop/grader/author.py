def agree(*args, **kwargs):
    pass
