"""A shell script seen roughly: enough to tell a pipe from the same character elsewhere. In: a script. Out: its pipes.

Comments, quotes, here-documents, ``${{ }}``, ``||``, ``>|``, ``[[ ]]`` and patterns of ``case`` hold no pipes; a
pipe that is a condition decides by its last command on purpose, and a filter in the middle hardly ever fails.
Where a failure is nobody's business, pipefail would change nothing: after ``!``, before ``|| true``, and in what is
put into a command's words (``make $(a | b)``, ``<(a | b)``), where the shell drops the status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HARMLESS = frozenset({"echo", "printf", "true", ":", "yes", "seq", "env", "date"})
_FILTERS = frozenset(
    {
        "awk",
        "column",
        "cut",
        "fold",
        "grep",
        "head",
        "nl",
        "paste",
        "rev",
        "sed",
        "sort",
        "tac",
        "tail",
        "tee",
        "tr",
        "uniq",
    }
)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)(\w+)\1")
_PIPEFAIL = re.compile(r"\b(?:set|shopt)[ \t][^\n;&|]{0,200}\bpipefail\b")
_QUOTED = re.compile(r"\\[^\n]|'[^']*'|\"(?:\\.|[^\"\\])*\"|\[\[[^\n]{0,500}?\]\]|(?<![^\s;|&(])#[^\n]*", re.DOTALL)
_CASE_PATTERN = re.compile(r"^[ \t]*\(?[^\s()|]+(?:[ \t]*\|[ \t]*[^\s()|]+)+\)", re.MULTILINE)
_PIPE = re.compile(r"(?<![|>])\|&?(?!\|)")
_COMMAND_BREAK = re.compile(r"[;(!`]|(?<!\$)\{|&&|\|\||(?<!\|)&(?!&)|\b(?:do|then|else|if|elif|while|until)\b")
_INNERMOST = re.compile(r"[$<>]\([^()]*\)")
_NESTING = 4
_UNPIPED = str.maketrans("|()", "xxx")
_LIST_BREAK = re.compile(r"[;&|({]|\b(?:do|then|else)\b")
_ASSIGNED = re.compile(r"\s*(?:\w+=\S*[ \t]+)*[A-Za-z_]\w*\+?=\S*")
_ASSIGNMENT_END = re.compile(r"[^\s;&|)]{0,100}[ \t]{0,100}(?:\Z|[\n;&|)#])")
_TOLERATED = re.compile(r"\|\|[ \t]{0,100}(?:true|:)(?![^\s;)])")
_LIST_START = re.compile(r";|(?<!\\)\n")
_NEGATED = re.compile(r"(?:^|[;&({])[ \t]{0,100}![ \t](?:[^\n;&|]|\|(?!\|)){0,500}", re.MULTILINE)
_CONDITION = re.compile(r"(?:^|[;&({])\s*(if|elif|while|until)\s|;|\b(?:then|do)\b")


def sets_pipefail(script: str) -> bool:
    """Whether the script turns on ``pipefail`` itself."""
    return _PIPEFAIL.search(script) is not None


def risky_pipes(script: str) -> Iterator[str]:
    """The lines with a pipe whose left side could fail unnoticed, as written, each once."""
    bare = _without_heredocs(_EXPRESSION.sub(_blank, script))
    bare = _CASE_PATTERN.sub(_blank, _QUOTED.sub(_blank_quoted, bare))
    bare = _NEGATED.sub(_unpiped, _without_tolerated(_without_dropped(bare)))
    left, decides, is_first = "", False, True
    for written, line in zip(script.split("\n"), bare.split("\n"), strict=True):
        is_continued, is_risky = line.endswith("\\"), False
        *parts, rest = _PIPE.split(line.removesuffix("\\"))
        for part in parts:
            left += part
            decides = _decides(left, decides)
            harmless = _HARMLESS if is_first else _HARMLESS | _FILTERS
            is_risky = is_risky or not (decides or _command(left) in harmless or _is_here_text(left))
            left, is_first = "", False
        if is_risky:
            yield written.strip()
        left = f"{left}{rest} " if is_continued else ""
        decides, is_first = decides and is_continued, is_first or not is_continued


def _command(left: str) -> str:
    """The first word of the command before a pipe."""
    words = _COMMAND_BREAK.split(left)[-1].split()
    return words[0] if words else ""


def _decides(left: str, decided: bool) -> bool:
    """Whether a pipe after ``left`` is the condition of an ``if`` or of a loop."""
    for match in _CONDITION.finditer(left):
        decided = match[1] is not None
    return decided


def _without_dropped(bare: str) -> str:
    """The script without the pipes of substitutions whose status the shell drops, the innermost ones first."""
    for _ in range(_NESTING):
        bare = _INNERMOST.sub(_kept_or_unpiped, bare)
    return bare


def _kept_or_unpiped(match: re.Match[str]) -> str:
    """A substitution; the status of one that is all that its command assigns is the command's, so its pipes stay."""
    before = match.string[max(0, match.start() - 200) : match.start()].rpartition("\n")[2]
    is_value = match[0].startswith("$") and _ASSIGNED.fullmatch(_LIST_BREAK.split(before)[-1])
    return match[0] if is_value and _ASSIGNMENT_END.match(match.string, match.end()) else _unpiped(match)


def _without_tolerated(bare: str) -> str:
    """The script without the pipes of lists of commands that end in ``|| true``."""
    kept, end = "", 0
    for match in _TOLERATED.finditer(bare):
        tail = bare[end : match.end()]
        start = max((found.end() for found in _LIST_START.finditer(tail)), default=0)
        kept += tail[:start] + tail[start:].replace("|", "x")
        end = match.end()
    return kept + bare[end:]


def _unpiped(match: re.Match[str]) -> str:
    return match[0].translate(_UNPIPED)


def _is_here_text(left: str) -> bool:
    """Whether the command before a pipe is a ``cat`` of a here-document alone, which can't fail."""
    words = _COMMAND_BREAK.split(left)[-1].split()
    return words[:1] == ["cat"] and words[1:2] != [] and words[1].startswith("<<")


def _without_heredocs(script: str) -> str:
    """The script with the lines of here-documents blanked."""
    kept: list[str] = []
    waiting: list[str] = []
    for line in script.split("\n"):
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
    """A quoted text without its content; a whole value that is the output of a command is left as it is."""
    start = match.start()
    is_value = match[0].startswith('"$(') and start > 0 and match.string[start - 1] == "="
    return match[0] if is_value else _blank(match)
