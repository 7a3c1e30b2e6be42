"""The local autograder, as it runs on a student's machine: Python, NumPy and pytest, and nothing else that is not here.

It grades code that its user wrote and trusts: there is no sandbox, and a score of it counts for nothing.
"""
