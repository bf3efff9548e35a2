"""What a manifest must have of a kind. In: a table of TOML or an object of JSON. Out: a text, a table; else an error
that says what was found, where, and what is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sluice.source.errors import UsageError

_KINDS = ((bool, "a truth value"), ((int, float), "a number"), (list, "a list"), (Mapping, "a table"), (str, "a text"))


def table_of(document: Mapping[str, Any], key: str, file: str) -> dict[str, Any]:
    """The table; empty where there is none. Raises ``UsageError`` for anything else."""
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise UsageError(f"`{key}` of {file} is {_shown(found)}", hint=f"a table: [{key}]")
    return found


def object_of(document: object, file: str) -> dict[str, Any]:
    """The object that a file in JSON is. Raises ``UsageError`` for anything else."""
    if not isinstance(document, dict):
        raise UsageError(f"{file} is {_shown(document)}", hint='an object: {"name": ..., "version": ...}')
    return document


def texts_of(found: object, where: str) -> list[str]:
    """A list of texts. Raises ``UsageError`` for anything else."""
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise UsageError(f"{where} is {_shown(found)}", hint='a list of texts: ["packages/*"]')
    return [str(one) for one in found]


def version_of(table: Mapping[str, Any], where: str) -> str | None:
    """The version; ``None`` where there is none. Raises ``UsageError`` for one that is no text."""
    if "version" not in table:
        return None
    found = table["version"]
    if not isinstance(found, str):
        raise UsageError(f"`version` of {where} is {_shown(found)}", hint='a text in quotes: "1.2.3"; or no version')
    return found


def _shown(value: object) -> str:
    kind = next((name for types, name in _KINDS if isinstance(value, types)), "")
    return ", ".join(part for part in (json.dumps(value, default=str), kind) if part)
