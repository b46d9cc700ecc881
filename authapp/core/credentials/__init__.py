"""Credentials: passwords and their records, imported hashes, one-time codes and action links."""
