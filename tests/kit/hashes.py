"""Hashes of one password in the formats of other systems, with low cost."""

import base64
import hashlib

import bcrypt

PASSWORD = "test12345"


def _django(hash: str) -> str:
    return base64.b64encode(hashlib.pbkdf2_hmac(hash, PASSWORD.encode(), b"saltsalt", 1000)).decode()


HASHES = {
    "django_pbkdf2_sha256": f"pbkdf2_sha256$1000$saltsalt${_django('sha256')}",
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "phpass": "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",  # the published example of phpass
}
