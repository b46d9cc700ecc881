"""Proofs of work: their setting for quick tests, and the challenge and the proof that a refused caller gets."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from authapp.client.proof import solve
from authapp.core.base.callers import Caller
from authapp.core.base.errors import ProofOfWorkNeeded
from tests.kit.rules import do

QUICK = "200"  # hashes at most, which take less than a millisecond


def challenged(rule: Callable[..., Any], *args: Any) -> str:
    """Return the challenge of a call that needs a proof of work."""
    with pytest.raises(ProofOfWorkNeeded) as refusal:
        do(rule, *args)
    return str(refusal.value.details["challenge"])


def proved(caller: Caller, rule: Callable[..., Any], *args: Any) -> Caller:
    """Return a caller with the proof of work that a rule asks it for."""
    return caller._replace(proof=solve(challenged(rule, *args, caller)))


def changed(proof: str, **facts: Any) -> str:
    """Return a proof with other parameters in its challenge."""
    content = json.loads(base64.b64decode(proof))
    content["challenge"]["parameters"].update(facts)
    return base64.b64encode(json.dumps(content).encode()).decode()
