"""Grades one hand-in: an examiner that holds the tests, a candidate in a sandbox that holds the student's code.

It knows no web, no queue and no database: bytes and a suite folder go in, a `Report` comes out. It must never
import a line of a student's into a process that also holds tests, reference or scores.
"""
