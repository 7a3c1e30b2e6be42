"""Assignments and the versions of their tests: packed, checked, published, copied. No test runs here."""
