"""What people tell one another in a course: comments, requests, announcements, what is new. It decides no score."""
