"""What students receive: the handout's files, and a local autograder that says what the server says.

`build` writes it, on the trusted side; `local` is what ships, and grades with this package's own comparison, hints and
verdicts. No hidden input and nothing of the reference may ship: only tests that their author lets out, with inputs of a
seed of their own and the reference's results on these.
"""
