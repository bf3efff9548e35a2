"""``list-files`` of ``dorny/paths-filter``: names of files in one line of text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

_SAFE_IN_CSV = re.compile(r"[\w.+:@%/-]+", re.ASCII)
_SAFE_IN_SHELL = re.compile(r"[\w,.+:@%/-]+", re.ASCII)
_SAFE_BUT_QUOTES = re.compile(r"[\w,.+:@%/'\s-]+", re.ASCII)
_UNSAFE = re.compile(r"[^\w,.+:@%/-]", re.ASCII)


def _csv(name: str) -> str:
    return name if _SAFE_IN_CSV.fullmatch(name) else '"{}"'.format(name.replace('"', '""'))


def _escaped(name: str) -> str:
    return _UNSAFE.sub(lambda found: f"\\{found[0]}", name)


def _quoted(name: str) -> str:
    if not name or _SAFE_IN_SHELL.fullmatch(name):
        return name
    if "'" not in name:
        return f"'{name}'"
    if _SAFE_BUT_QUOTES.fullmatch(name):
        return f'"{name}"'
    return "\\'".join(map(_quoted, name.split("'")))


FORMS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "none": lambda _: "",
    "csv": lambda names: ",".join(map(_csv, names)),
    "json": lambda names: json.dumps(list(names), ensure_ascii=False, separators=(",", ":")),
    "shell": lambda names: " ".join(map(_quoted, names)),
    "escape": lambda names: " ".join(map(_escaped, names)),
}
"""How each value of ``list-files`` writes names."""
