"""What staff change for many at once: seen first by whose score it moves, then made in one transaction or not."""
