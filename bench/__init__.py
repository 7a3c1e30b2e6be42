"""Measurements: `make bench` runs them side by side and writes `bench/RESULTS.md`. A report, never a test."""
