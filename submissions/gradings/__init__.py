"""One grading: its life, from the queue to its record, and what is told of it meanwhile. Not what counts."""
