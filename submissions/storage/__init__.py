"""Where things are kept: the database and its migrations, files by their content, who did what. It knows no rule."""
