"""Request bodies and answers of the HTTP API, shared with the Python clients; and the rows of lists on pages."""
