"""What the hidden suite finds under the name `grader` when it runs as an ordinary suite (see `author`)."""
