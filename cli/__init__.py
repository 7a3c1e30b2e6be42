"""The command `handin`: grading from the shell, running the service, and looking after it.

It holds no rule of its own: each command calls what the other packages offer and words the outcome.
"""
