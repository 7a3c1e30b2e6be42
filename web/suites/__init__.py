"""Pages on the versions of an assignment's tests: their checks, publishing, regrades. For staff alone."""
