"""The made-up token of a rehearsed job: it looks like GitHub's, and opens nothing."""

from __future__ import annotations

import os

_START = "ghs_rehearsal"


def make_token() -> str:
    """A token for one job."""
    return _START + os.urandom(12).hex()


def is_made_up(token: str) -> bool:
    """Whether a token is one of these, so that it must be sent to nobody else."""
    return token.startswith(_START)
