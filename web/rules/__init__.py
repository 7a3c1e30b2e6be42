"""Pages for staff on an assignment's rules and extensions: whose score a change moves is shown before it is made."""
