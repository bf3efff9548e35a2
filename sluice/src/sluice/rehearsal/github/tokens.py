"""The made-up token of a rehearsed job: it looks like GitHub's, and opens nothing."""

from __future__ import annotations

import os

_START = "ghs_rehearsal"
_OF_AN_APP = f"{_START}_app"


def make_token() -> str:
    """A token for one job."""
    return _START + os.urandom(12).hex()


def make_app_token() -> str:
    """A token for an app that the job stands for: it may what the app may, which only GitHub knows."""
    return _OF_AN_APP + os.urandom(12).hex()


def is_of_an_app(authorization: str) -> bool:
    """Whether a request's header has such a token."""
    return _OF_AN_APP in authorization


def is_made_up(token: str) -> bool:
    """Whether a token is one of these, so that it must be sent to nobody else."""
    return token.startswith(_START)
