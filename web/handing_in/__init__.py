"""An assignment's page, the upload by form or API, a student's own group. What came of a hand-in is in `results`."""
