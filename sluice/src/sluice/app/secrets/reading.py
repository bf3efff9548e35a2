"""Secrets and variables of a run: named on the command line, in a file, or taken from the environment by name.

Never the environment as a whole: only a name that the user wrote is looked up there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sluice.masking.encodings import LONGEST_SECRET
from sluice.source.errors import UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMES = "letters, digits and underscores, not starting with a digit or with GITHUB_"
_EXPORT = re.compile(r"export\s+")
_QUOTED = {'"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), "'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)}
"""A value in quotes, by the quote; a backslash takes the meaning of what follows it."""
_ESCAPE = {'"': re.compile(r"\\([\\'\"abfnrtv])"), "'": re.compile(r"\\([\\'])")}
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BEHIND = re.compile(r"[^\S\n]*(?:#[^\n]*)?(?:\n|\Z)")
"""What may stand behind the closing quote."""


def read_pairs(given: Iterable[str], environment: Mapping[str, str], option: str) -> dict[str, str]:
    """``NAME=value`` as it stands, ``NAME`` from the caller's environment."""
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        check_name(name, option)
        if not equals and name not in environment:
            raise UsageError(
                f"{option} {name}: the environment has no variable '{name}'", hint=f"{option} {name}=value"
            )
        pairs[name] = value if equals else environment[name]
    return pairs


def read_secrets(pairs: Iterable[str], file: Path | None) -> dict[str, str]:
    """What ``--secret`` and ``--secret-file`` give; a pair goes before the file."""
    filed = read_file(file, private=True, option="--secret-file") if file else {}
    return filed | read_pairs(pairs, os.environ, "--secret")


def without_values(words: Iterable[str], pairs: Iterable[str]) -> tuple[str, ...]:
    """The words of a command line with the name alone in place of each of the pairs ``NAME=value``."""
    shown = tuple(words)
    for pair in (pair for pair in pairs if "=" in pair):
        name = pair.partition("=")[0]
        shown = tuple(word.removesuffix(pair) + name if word.endswith(pair) else word for word in shown)
    return shown


def read_file(path: Path, *, private: bool, option: str) -> dict[str, str]:
    """``NAME=value`` lines, as the libraries called dotenv read them; ``#`` begins a comment.

    A value in quotes may be several lines, such as a key, and have escapes in it (``\"``, and in double quotes ``\n``
    and the like); a quote that never ends is a part of the value. A private file must be its owner's alone (mode 0600).
    Raises ``UsageError`` with the line, and never with what may be a part of a value.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {path} is no UTF-8: {error}") from error
    if private and os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UsageError(
            f"{option} {path}: others can read it (mode {stat.S_IMODE(mode):04o})", hint=f"chmod 600 {path}"
        )
    return dict(_entries(text, f"{option} {path}"))


def _entries(text: str, place: str) -> Iterator[tuple[str, str]]:
    at, line = 0, 1
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text) + 1
        row = text[at : end - 1]
        if row.strip() and not row.lstrip().startswith("#"):
            name, value, end = _entry(text, at, row, f"{place}, line {line}")
            yield name, value
        line += text.count("\n", at, end)
        at = end


def _entry(text: str, at: int, row: str, place: str) -> tuple[str, str, int]:
    """The name and the value of the entry at an offset, and where the next row begins."""
    named, equals, value = row.partition("=")
    if not equals:
        raise UsageError(f"{place}: expected NAME=value")
    name = _EXPORT.sub("", named.strip(), count=1)
    if not _is_name(name):  # which may be a part of another entry's value
        raise UsageError(f"{place}: what stands before '=' is no name", hint=_NAMES)
    quoted = _quoted(text, at + len(row) - len(value.lstrip()), place)
    return (name, value.strip(), at + len(row) + 1) if quoted is None else (name, *quoted)


def _quoted(text: str, start: int, place: str) -> tuple[str, int] | None:
    """The value in quotes at an offset, and where the next row begins; ``None`` for one without, or whose quote never
    ends.
    """
    quote = text[start : start + 1]
    found = _QUOTED[quote].match(text, start) if quote in _QUOTED else None
    if found is None:
        if quote in _QUOTED and quote in text[start + 1 :].partition("\n")[0]:
            raise UsageError(f"{place}: a backslash stands before the quote that would end the value", hint=r"write \\")
        return None
    behind = _BEHIND.match(text, found.end())
    if behind is None:
        raise _not_alone(found, place)
    return _ESCAPE[quote].sub(lambda one: _CONTROLS.get(one[1], one[1]), found[1]), behind.end()


def _not_alone(found: re.Match[str], place: str) -> UsageError:
    later, quote = found[0].count("\n"), found[0][0]
    where = f"{later} {'line' if later == 1 else 'lines'} later" if later else "in the same line"
    return UsageError(
        f"{place}: the quote that begins the value ends {where}, and there is more behind it than a comment",
        hint=f"write \\{quote} for a quote within, or put the value between the other quotes",
    )


def check_lengths(secrets: Mapping[str, str]) -> None:
    """Raise ``UsageError`` for a secret that could not be masked."""
    for name, value in secrets.items():
        if len(value) > LONGEST_SECRET:
            raise UsageError(
                f"The secret {name} has {len(value)} characters, which is more than can be masked ({LONGEST_SECRET})",
                hint="GitHub takes 48 KB: keep the file encrypted in the repository, and its passphrase as the secret",
            )


def check_name(name: str, option: str) -> None:
    """Raise ``UsageError`` for a name that no secret and no variable can have."""
    if not _is_name(name):
        raise UsageError(f"{option}: '{name}' is no name", hint=_NAMES)


def _is_name(name: str) -> bool:
    known = name.upper() == "GITHUB_TOKEN" or not name.upper().startswith("GITHUB_")
    return known and _NAME.fullmatch(name) is not None
