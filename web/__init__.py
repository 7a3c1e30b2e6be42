"""The portal: pages for students and staff, and the upload address that `curl` and `handin submit` use.

It must never read a hidden test or the reference, never render a student's bytes unescaped, and never grade.
"""
