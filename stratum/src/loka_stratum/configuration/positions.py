"""A TOML text in, the line of each key out, for errors that say where. It reads what is valid already, and only
headers and keys.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"'-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_\"'.-]+)\s*=")

Path = tuple[str | int, ...]


def key_lines(text: str) -> dict[Path, int]:
    """Line numbers, from 1, of sections and keys: ``("server", "bind")``, ``("pools", 0, "name")``."""
    lines: dict[Path, int] = {}
    counts: dict[str, int] = {}
    section: Path = ()
    for number, line in _outside_long_texts(text):
        if header := _HEADER.match(line):
            name = _bare(header[2])
            section = (name,)
            if header[1] == "[[":
                section = (name, counts.get(name, 0))
                counts[name] = counts.get(name, 0) + 1
            lines.setdefault((name,), number)
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            lines.setdefault((*section, *_bare(key[1]).split(".")), number)
    return lines


def _outside_long_texts(text: str) -> list[tuple[int, str]]:
    found = []
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        found.append((number, line))
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                closing = quotes
    return found


def _bare(name: str) -> str:
    return name.replace('"', "").replace("'", "")
