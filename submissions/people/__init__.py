"""Who is in a course, who may see whom, and who hands in together. Nothing here is about a score."""
