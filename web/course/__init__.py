"""A course as its members meet it: its page, announcements, what is new; and for staff its log and its next term."""
