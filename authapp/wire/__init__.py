"""Request bodies and answers of the HTTP API, shared by the server and the Python clients."""
