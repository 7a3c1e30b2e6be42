"""The Celery application, which claims gradings and has `grader` run them, and the sweeper that mends what died.

Messages are wake-ups and carry no truth: a message lost, doubled or forged must never change what is recorded.
"""
