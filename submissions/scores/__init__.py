"""What counts, and what people add to it: points, decisions, rubrics, the gradebook. No score is stored twice."""
