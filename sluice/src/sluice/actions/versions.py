"""Version ranges as npm's semver reads them, and Node.js's names for its releases. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sluice.source.numbers import whole_number

Version = tuple[int, ...]
_COMPARATOR = re.compile(r"(>=|<=|>|<|==|=|~>|~|\^)?\s*v?(\d+(?:\.(?:\d+|[xX]|\*))*|[xX]|\*)")
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_LONG_TERM = {
    "argon": 4,
    "boron": 6,
    "carbon": 8,
    "dubnium": 10,
    "erbium": 12,
    "fermium": 14,
    "gallium": 16,
    "hydrogen": 18,
    "iron": 20,
    "jod": 22,
    "krypton": 24,
}
"""nodejs.org: release schedule."""


def read_version(text: str) -> Version | None:
    """``v20.1.2`` as numbers; ``None`` for anything that is no plain release."""
    found = re.fullmatch(r"v?(\d+(?:\.\d+)*)", text.strip())
    return tuple(map(int, found[1].split("."))) if found else None


def show_version(version: Version) -> str:
    """The version as text."""
    return ".".join(map(str, version))


def newest(wanted: str, versions: Iterable[Version]) -> Version | None:
    """The newest version that the range allows."""
    return max((version for version in versions if allows(wanted, version)), default=None)


def allows(wanted: str, version: Version) -> bool:
    """Whether ``version`` satisfies ``wanted``: alternatives by ``||``, all parts of one must hold (npm's semver)."""
    return any(_all_hold(part, version) for part in wanted.removesuffix("-dev").split("||"))


def _all_hold(wanted: str, version: Version) -> bool:
    parts = _COMPARATOR.findall(_HYPHEN.sub(r">=\1 <=\2", wanted))
    return bool(parts) and all(_holds(operator, text, version) for operator, text in parts)


def _holds(operator: str, text: str, version: Version) -> bool:
    given = tuple(number for part in text.split(".") if (number := whole_number(part)) is not None)
    start = version[: len(given)]
    fixed = 2 if operator.startswith("~") and len(given) > 1 else 1
    checks = {
        ">=": start >= given,
        "<=": start <= given,
        ">": start > given,
        "<": start < given,
        "~": version[:fixed] == given[:fixed] and version >= given,
        "~>": version[:fixed] == given[:fixed] and version >= given,
        "^": version[:1] == given[:1] and version >= given,
    }
    return checks.get(operator, start == given)


def node_range(wanted: str) -> str:
    """What setup-node's aliases stand for: ``lts/*``, ``lts/-1``, ``lts/iron``, ``latest``; others as they are.

    Long-term releases have an even major version. Raises ``ValueError`` for a name that no release has.
    """
    text = wanted.strip().lower()
    if text in {"latest", "current", "node", "*", ""}:
        return "x"
    if not text.startswith("lts/"):
        return wanted.strip()
    return f"{_long_term(text.removeprefix('lts/'))}.x"


def _long_term(name: str) -> int:
    majors = sorted(_LONG_TERM.values(), reverse=True)
    if name == "*":
        return majors[0]
    if name in _LONG_TERM:
        return _LONG_TERM[name]
    if re.fullmatch(r"-\d+", name) and -int(name) < len(majors):
        return majors[-int(name)]
    raise ValueError(f"Unable to find LTS release '{name}' for Node version 'lts/{name}'.")
