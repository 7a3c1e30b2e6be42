"""Between the network and the application: gunicorn's worker that takes requests whole. It knows no page."""
