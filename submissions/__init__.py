"""What is kept: people, hand-ins, gradings and scores, and the rules over them.

The database is the only truth about the life of a grading. This package must never run student code, never
import from `web`, `workers` or `cli`, and never let a score change without a transaction that says who and why.
"""
