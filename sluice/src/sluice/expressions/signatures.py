"""How many arguments each function takes. In: a name. Out: the least and the most, or nothing for an unknown name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MAX_ARGUMENTS = 255

WELL_KNOWN: Mapping[str, tuple[int, int]] = {
    "case": (3, MAX_ARGUMENTS),
    "contains": (2, 2),
    "endswith": (2, 2),
    "format": (1, MAX_ARGUMENTS),
    "fromjson": (1, 1),
    "join": (1, 2),
    "startswith": (2, 2),
    "tojson": (1, 1),
}
"""The functions that stand everywhere, by lower-case name."""

STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure", "success"})
"""An ``if`` that calls one of these (anywhere in it) doesn't get the implied ``success() &&``."""

_ELSEWHERE: Mapping[str, tuple[int, int]] = {
    "always": (0, 0),
    "cancelled": (0, 0),
    "failure": (0, MAX_ARGUMENTS),
    "hashfiles": (1, MAX_ARGUMENTS),
    "success": (0, MAX_ARGUMENTS),
}
_NOTATION = re.compile(r"([A-Za-z_][\w-]*)(?:\((\d+),\s*(\d+|MAX)\))?")


def read_signatures(functions: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Names, or GitHub's notation for a name with its bounds (``hashFiles(1,255)``), as bounds by lower-case name."""
    return dict(_read_signature(function) for function in functions)


def _read_signature(function: str) -> tuple[str, tuple[int, int]]:
    match = _NOTATION.fullmatch(function)
    if not match:
        raise ValueError(f"no function name: {function!r}")
    name = match[1].lower()
    if match[2] is None:
        return name, _ELSEWHERE.get(name, (0, MAX_ARGUMENTS))
    return name, (int(match[2]), MAX_ARGUMENTS if match[3] == "MAX" else int(match[3]))
