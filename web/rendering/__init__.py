"""What students write, made into markup that a page can hold: Markdown, mathematics, code, notebooks and pictures.

Everything here is a pure function of bytes or text that may be hostile, with a bound on what it takes and on what it
gives. It must never execute any of it, let a tag, a style or an address of it reach a page, or load anything from
elsewhere.
"""
