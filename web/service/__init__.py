"""How the service is, for those who answer for it; and the help page."""
