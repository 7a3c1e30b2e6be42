"""The bundled assignments, one folder each; they may import `grader.author` and nothing else of this project."""
