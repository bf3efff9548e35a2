"""Secrets and variables of a run: named on the command line, in a file, or taken from the environment by name.

Never the environment as a whole: only a name that the user wrote is looked up there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sluice.engine.output.encodings import LONGEST_SECRET
from sluice.source.errors import UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMMENTED = re.compile(r"""(?P<quote>["'])(?P<value>(?:(?!(?P=quote)).)*)(?P=quote)\s+#.*""")
"""A value in quotes with a comment behind it."""


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
    """``NAME=value`` lines; ``#`` begins a comment; a value in quotes may be several lines, such as a key.

    A private file must be its owner's alone (mode 0600).
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
    return dict(_line(row, number, path, option) for number, row in _rows(text))


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """The number of the first line, and the whole of an entry."""
    rows, at = text.splitlines(), 0
    while at < len(rows):
        taken = _lines_of_value(rows[at:])
        row = "\n".join(rows[at : at + taken]).strip()
        if row and not row.startswith("#"):
            yield at + 1, row
        at += taken


def _lines_of_value(rows: Sequence[str]) -> int:
    """How many lines belong to the first; a quote that never ends is a part of the value, one that ends in its line
    ends the value there.
    """
    value = rows[0].partition("=")[2].strip()
    quote = value[:1]
    if not quote or quote not in "\"'" or quote in value[1:] or rows[0].lstrip().startswith("#"):
        return 1
    return next((number for number, row in enumerate(rows[1:], start=2) if row.rstrip().endswith(quote)), 1)


def _line(row: str, number: int, path: Path, option: str) -> tuple[str, str]:
    name, equals, value = row.partition("=")
    if not equals:
        raise UsageError(f"{option} {path}, line {number}: expected NAME=value")
    check_name(name.strip(), option)
    return name.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    commented = _COMMENTED.fullmatch(value)
    return commented["value"] if commented else value


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
    if not _NAME.fullmatch(name) or (name.upper().startswith("GITHUB_") and name.upper() != "GITHUB_TOKEN"):
        raise UsageError(
            f"{option}: '{name}' is no name",
            hint="letters, digits and underscores, not starting with a digit or with GITHUB_",
        )
