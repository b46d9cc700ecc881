"""Proof of work: the search for the number of a challenge, after the refusal `ProofOfWorkNeeded`."""

import base64
import hashlib
import json
import time
from typing import Any

PATIENCE = 120.0  # seconds; a challenge of another server may have no solution
_AT_ONCE = 20_000  # numbers between two looks at the clock


def solve(challenge: str, patience: float = PATIENCE) -> str:
    """Return the proof of a challenge (ALTCHA 2 with SHA-256, cost 1), or an empty text if no number fits.

    The solver of the `altcha` package takes several times as long.

    Args:
        challenge: the challenge as the server sent it.
        patience: seconds after which the search ends.
    """
    try:
        content = json.loads(base64.b64decode(challenge))
        parameters = content["parameters"]
        prefix = bytes.fromhex(parameters["keyPrefix"])
        start = bytes.fromhex(parameters["salt"]) + bytes.fromhex(parameters["nonce"])
        is_known = (parameters["algorithm"], parameters["cost"]) == ("SHA-256", 1) and len(prefix) == 16
    except (KeyError, RecursionError, TypeError, ValueError):
        return ""
    found = _search(start, prefix, time.monotonic() + patience) if is_known else None
    return _encoded(content, start, found) if found is not None else ""


def _search(start: bytes, prefix: bytes, until: float) -> int | None:
    sha256 = hashlib.sha256
    for first in range(0, 2**32, _AT_ONCE):
        for counter in range(first, first + _AT_ONCE):
            if sha256(start + counter.to_bytes(4, "big")).digest().startswith(prefix):
                return counter
        if time.monotonic() > until:
            return None
    return None


def _encoded(challenge: Any, start: bytes, counter: int) -> str:
    key = hashlib.sha256(start + counter.to_bytes(4, "big")).hexdigest()
    solution = {"challenge": challenge, "solution": {"counter": counter, "derivedKey": key}}
    return base64.b64encode(json.dumps(solution).encode()).decode()
