"""The syntax of workflow commands. In: one line of output. Out: a command, or nothing.

The rules are the runner's: ``::name key=value,key2=v::message`` at the start of a line (blanks before it allowed) and
the older ``##[name key=v;key2=v]message`` anywhere in it. Knows nothing of what a command does.
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct, field

STOP_COMMANDS = "stop-commands"

COMMANDS = frozenset(
    {
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        STOP_COMMANDS,
        "warning",
    }
)

_DATA_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD_ESCAPES = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))

BLANKS = "\t\v\f \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What may stand before ``::``: .NET's white space, without line ends."""


class Command(Struct, frozen=True, kw_only=True):
    """``name`` in lower case; ``properties`` with keys in lower case, for names ignore case; ``data`` unescaped."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def parse_command(line: str, known: Container[str]) -> Command | None:
    """The command in ``line``, or ``None`` when there is none that is ``known`` (lower case): then it is plain text."""
    return _parse(line, known) or _parse_old(line, known)


def _parse(line: str, known: Container[str]) -> Command | None:
    text = line.lstrip(BLANKS)
    if not text.startswith("::"):
        return None
    header, separator, data = text[2:].partition("::")
    name, _, properties = header.partition(" ")
    if not separator or name.lower() not in known:
        return None
    return Command(
        name=name.lower(),
        data=_unescape(data, _DATA_ESCAPES),
        properties=_properties(properties.strip(), ",", _PROPERTY_ESCAPES),
    )


def _parse_old(line: str, known: Container[str]) -> Command | None:
    _, prefix, rest = line.partition("##[")
    header, bracket, data = rest.partition("]")
    name, _, properties = header.partition(" ")
    if not prefix or not bracket or name.lower() not in known:
        return None
    return Command(
        name=name.lower(),
        data=_unescape(data, _OLD_ESCAPES),
        properties=_properties(properties, ";", _OLD_ESCAPES),
    )


def _properties(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Pairs without a name or a value are dropped, as is a run of ``=`` before the value."""
    found = {}
    for pair in text.split(separator):
        name, _, value = pair.lstrip("=").partition("=")
        value = value.lstrip("=")
        if name and value:
            found[name.lower()] = _unescape(value, escapes)
    return found


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    """``%25`` comes last, so that ``%250A`` is the text ``%0A``."""
    if "%" in text:
        for escape, character in escapes:
            text = text.replace(escape, character)
    return text
