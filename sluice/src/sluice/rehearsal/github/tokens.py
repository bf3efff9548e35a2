"""The made-up token of a rehearsed job: it looks like GitHub's, and opens nothing."""

from __future__ import annotations

import secrets

_START = "ghs_rehearsal"


def make_token() -> str:
    """A token for one job."""
    return _START + secrets.token_hex(12)


def is_made_up(token: str) -> bool:
    """Whether a token is one of these, so that it must be sent to nobody else."""
    return token.startswith(_START)
