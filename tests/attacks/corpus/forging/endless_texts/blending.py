# Raises an exception whose text, type and file names have millions of characters.
Long = type("E" * 1_000_000, (Exception,), {})


def blend(x, y):
    exec(compile("raise Long('x' * 10_000_000)", "/handin/" + "f" * 100_000, "exec"), {"Long": Long})
