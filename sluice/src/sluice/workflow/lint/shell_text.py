"""A shell script seen roughly: enough to tell a pipe from the same character elsewhere. In: a script. Out: its pipes.

Comments, quotes, here-documents, ``${{ }}``, ``||``, ``>|``, ``[[ ]]`` and patterns of ``case`` hold no pipes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HARMLESS = frozenset({"echo", "printf", "true", ":", "yes", "seq"})
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_PIPEFAIL = re.compile(r"\bset\s+(?:[^\n;|&]*\s)?-?\w*o\s+pipefail\b|\bset\s[^\n;]*pipefail|\bshopt\b[^\n;]*pipefail")
_QUOTED = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|\[\[.*?\]\]|(?<![^\s;|&(])#[^\n]*", re.DOTALL)
_CASE_PATTERN = re.compile(r"^\s*\(?[^\s()|]+(?:\s*\|\s*[^\s()|]+)+\)", re.MULTILINE)
_PIPE = re.compile(r"(?<![|>])\|&?(?!\|)")
_COMMAND_BREAK = re.compile(r"[;\n]|&&|\|\||\$\(|(?<!\|)&(?!&)|\b(?:do|then|else|if|while|until)\b|[({!]")
_SUBSTITUTION = re.compile(r"\$\(|`")


def sets_pipefail(script: str) -> bool:
    """Whether the script turns on ``pipefail`` itself."""
    return _PIPEFAIL.search(script) is not None


def risky_pipes(script: str) -> Iterator[str]:
    """The lines with a pipe whose left side could fail unnoticed, as written."""
    lines = script.splitlines()
    bare = _without_heredocs(_EXPRESSION.sub(_blank, script))
    bare = _CASE_PATTERN.sub(_blank, _QUOTED.sub(_blank_quoted, bare))
    for match in _PIPE.finditer(bare):
        if _left_command(bare, match.start()) not in _HARMLESS:
            yield lines[bare.count("\n", 0, match.start())].strip()


def _left_command(bare: str, pipe: int) -> str:
    """The first word of the command before a pipe; in a chain of pipes that of the part just before."""
    left = re.split(r"\|", bare[_line_start(bare, pipe) : pipe])[-1]
    words = _COMMAND_BREAK.split(left)[-1].split()
    return words[0] if words else ""


def _line_start(bare: str, offset: int) -> int:
    start = bare.rfind("\n", 0, offset) + 1
    while start > 1 and bare[: start - 1].endswith("\\"):
        start = bare.rfind("\n", 0, start - 1) + 1
    return start


def _without_heredocs(script: str) -> str:
    """The script with the lines of here-documents blanked."""
    kept: list[str] = []
    waiting: list[str] = []
    for line in script.splitlines():
        if waiting:
            kept.append("")
            if line.strip() == waiting[0]:
                waiting.pop(0)
            continue
        kept.append(line)
        waiting = [match[2] for match in _HEREDOC.finditer(line)]
    return "\n".join(kept)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "x", match[0])


def _blank_quoted(match: re.Match[str]) -> str:
    """A quoted text without its content; a command substitution in double quotes is left as it is."""
    if match[0].startswith('"') and _SUBSTITUTION.search(match[0]):
        return match[0]
    return _blank(match)
