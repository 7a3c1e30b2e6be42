"""One submission and all that is told of it: scores, hints, code, documents, comments, requests, decisions."""
