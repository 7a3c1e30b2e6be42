"""The trusted side: holds tests and reference, drives the candidate, and alone decides what a test earned.

It must never import a line of a student's, and must treat every byte from the sandbox as hostile.
"""
