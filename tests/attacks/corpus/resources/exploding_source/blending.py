# A constant that takes the compiler gigabytes and minutes, before a line has run.
X = ((((((1 << 4096) ** 127) ** 2) ** 2) ** 2) ** 2) ** 2
Y = ("x" * 4000) * 4000
exec("a = " + "(" * 150 + "1" + ",)" * 150)
exec("[" * 90 + "]" * 90 + "\n" + "x = 1\n" * 2_000_000)


def blend(x, y):
    return x * y
