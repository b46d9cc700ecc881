"""Sessions: open logins, the tickets that open them, and the principal of a request."""
