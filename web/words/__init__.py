"""How things are written on pages, and how what people type is read. No database and no decision in here."""
