# Brings files that Python runs by itself when it starts: sitecustomize, usercustomize, .pth and pyvenv.cfg.
import builtins


def blend(x, y):
    print(getattr(builtins, "started", "not started"))
    return x * y
