"""The untrusted side: runs inside the sandbox, holds the student's code, and answers the examiner.

It is given no test, no reference and no expected value, so that none can be taken from it. It must import nothing of
this project but `grader.wire`, and nothing it says is believed: the examiner checks every frame.
"""
