# Brings a package beside the module of the same name, and a compiled file that says it is newer.
def blend(x, y):
    print("the module is imported")
    return x * y
