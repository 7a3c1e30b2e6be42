"""Pages for staff on who is in a course: roster, sections, groups, invitations, one student."""
