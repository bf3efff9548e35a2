"""Paths by pattern as ``dorny/paths-filter`` matches them: picomatch 2 with ``dot: true``. Pure.

wcmatch reads the same language but for what is put right here, found by comparing both on random patterns. One
difference is left: ``!(x)`` before a slash, which picomatch takes for more than the name that stands there.
"""

from __future__ import annotations

import re

from wcmatch import glob

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.EXTGLOB | glob.FORCEUNIX | glob.CASE
_LEADING = re.compile(r"^\*\*(?![*/]|$)(?=[^/]*$)")
_PLAIN_CLASS = re.compile(r"(?<!\\)\[!")
_PLAIN_GROUP = re.compile(r"(?<![?*+@!\\])\(")


def matches(path: str, pattern: str) -> bool:
    """Whether the whole path fits; each ``!`` in front turns the answer around."""
    text = pattern
    while text.startswith("!") and not text.startswith("!("):
        text = text[1:]
    negated = (len(pattern) - len(text)) % 2 == 1
    return glob.globmatch(path, _written_for_wcmatch(text, negated=negated), flags=_FLAGS) != negated


def _written_for_wcmatch(text: str, *, negated: bool) -> list[str]:
    """``**.md`` crosses folders, ``[!a]`` holds an exclamation mark, ``(a|b)`` is a choice, ``a/**`` is ``a``, too."""
    text = text.removeprefix("./")
    text = text if negated else _LEADING.sub("**/*", text)
    text = _PLAIN_GROUP.sub("@(", _PLAIN_CLASS.sub(r"[\\!", text))
    folder = text.removesuffix("/**")
    return [text] if folder in {text, "*"} or folder.endswith("/*") else [text, folder]
