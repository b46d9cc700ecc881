"""Normal form of passwords, and the bounds of SCRAM iterations: for the server and the clients, without a database."""

import unicodedata

LEAST_ROUNDS, MOST_ROUNDS = 4096, 10_000_000  # PBKDF2 iterations of SCRAM; RFC 7677, 4 asks for at least 4096


def prepared(password: str) -> str:
    """Return a password as it is hashed: in Unicode NFKC, so that every keyboard gives the same text.

    NIST SP 800-63B-4 3.1.1.2 asks for this. RFC 7677 asks for SASLprep, which refuses emoji. For every password that
    SASLprep accepts, NFKC gives the same text, except for invisible characters that nobody types.
    """
    return unicodedata.normalize("NFKC", password)
