"""What an assignment's rules do, and what they let students see: pure, without a database, a clock or a page."""
