"""Scores of many, for staff: gradebook, statistics, error groups, rubrics, grading by hand."""
