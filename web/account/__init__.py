"""Coming in: login, account, invitation links. No course is shown here."""
