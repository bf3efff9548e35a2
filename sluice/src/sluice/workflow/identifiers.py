"""Names of jobs and steps: what GitHub accepts, and what it says otherwise."""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")


def identifier_problem(name: str) -> str | None:
    """GitHub's sentence about a bad id (its slip included), ``None`` for a good one."""
    if not _FORM.fullmatch(name):
        return (
            f"The identifier '{name}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. IDs must "
            "start with a letter or '_' and and must be less than 100 characters."
        )
    if name.startswith("__"):
        return f"The identifier '{name}' is invalid. IDs starting with '__' are reserved."
    return None
