# Puts HTML, terminal escapes, a spreadsheet's formula and reordering characters into every text that it can.
WORDS = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b]0;owned\x07\x1b[2J\u202e=cmd|' /C calc'!A0\x00\ud800"


class Loud(Exception):
    __qualname__ = __name__ = WORDS


def blend(x, y):
    print(WORDS.encode("utf-8", "replace").decode(), flush=True)
    raise Loud(WORDS)
