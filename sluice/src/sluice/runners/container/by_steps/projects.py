"""The name that Compose gives a project, so that a job's project is none of this machine's own.

In: the words behind ``docker compose``, the variables, the folder. Out: the name, and whether it was asked for by name
(docs.docker.com/compose/how-tos/project-name).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

VARIABLE = "COMPOSE_PROJECT_NAME"
LABEL = "com.docker.compose.project"
_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)
"""Beside a file that Compose finds it reads the first of these, whatever that file is called."""
_NAMELESS = "stack"
_NAME = re.compile(r"""^name:\s*(["']?)([A-Za-z0-9][\w.-]*)\1\s*(?:#.*)?$""", re.MULTILINE)
_WITH_VALUES = frozenset(
    {"-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--ansi", "--progress"}
    | {"--parallel", "-H", "--host", "-c", "--context", "--log-level"}
)


def given_name(words: Sequence[str]) -> str | None:
    """The one that the words themselves say, which counts before every other."""
    return next((value for name, value in reversed(_options(words)) if name in {"-p", "--project-name"}), None)


def with_project(words: Sequence[str], name: str) -> list[str]:
    """The words with this name after the options: the last one counts."""
    command = command_of(words)
    return [*words[: len(words) - len(command)], "-p", name, *command]


def project_name(words: Sequence[str], variables: Mapping[str, str], folder: Path) -> str | None:
    """The one that Compose would take, or near it (a name of variables is not read); nothing where it finds no file."""
    if name := given_name(words) or variables.get(VARIABLE):
        return _normal(name)
    files = _files(words, variables, folder)
    place = _place(words, files, folder)
    if place is None:
        if not _options(words) and not (folder / ".env").is_file():  # either may name what is not seen here
            return None
        place = folder
    for text in (text_of(place / ".env"), *map(text_of, reversed(files))):
        if found := re.search(rf"^{VARIABLE}=(\S+)", text, re.MULTILINE):
            return _normal(found[1])
        if found := _NAME.search(text):
            return _normal(found[2])
    return _normal(place.name) or _NAMELESS


def _normal(name: str) -> str | None:
    return re.sub(r"[^a-z0-9_-]", "", name.lower()).lstrip("_-") or None


def _place(words: Sequence[str], files: Sequence[Path], folder: Path) -> Path | None:
    named = [value for name, value in _options(words) if name == "--project-directory"]
    if named:
        return (folder / named[-1]).resolve()
    return files[0].resolve().parent if files else None


def _files(words: Sequence[str], variables: Mapping[str, str], folder: Path) -> list[Path]:
    named = [value for name, value in _options(words) if name in {"-f", "--file"}]
    named = named or [part for part in variables.get("COMPOSE_FILE", "").split(":") if part]
    if named:
        return [folder / name for name in named if name != "-"]
    for place in (folder, *folder.parents):
        if found := next((place / name for name in _FILES if (place / name).is_file()), None):
            return [found]
    return []


def files_of(words: Sequence[str], variables: Mapping[str, str], folder: Path) -> list[Path] | None:
    """The files that the project is read from, as far as words and variables say; ``None`` where one is the input, or
    a pipe, which can be read once, or the file of variables names them.
    """
    if re.search(r"^COMPOSE_FILE=", text_of(folder / ".env"), re.MULTILINE):
        return None
    named = [value for name, value in _options(words) if name in {"-f", "--file"}]
    found = _files(words, variables, folder)
    if "-" in named or not found or not all(file.is_file() for file in found):
        return None
    if named or variables.get("COMPOSE_FILE"):
        return found
    beside = (found[0].with_name(name) for name in _OVERRIDES)
    return [*found, *[file for file in beside if file.is_file()][:1]]


def with_file(words: Sequence[str], files: Sequence[Path], more: Path) -> list[str]:
    """The words with one more file than these, which are named: what Compose finds itself no longer counts then."""
    command, named = command_of(words), any(name in {"-f", "--file"} for name, _ in _options(words))
    options = words[: len(words) - len(command)]
    added = [more] if named else [*files, more]
    return [*options, *(word for one in added for word in ("-f", str(one))), *command]


def command_of(words: Sequence[str]) -> list[str]:
    """What stands behind the options: ``up -d``."""
    return _read(words)[1]


def text_of(path: Path) -> str:
    """What is in a file; nothing where it can't be read, or is a pipe, which Compose is to read."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return ""


def _options(words: Sequence[str]) -> list[tuple[str, str]]:
    return _read(words)[0]


def _read(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The options before the command, with values, and the rest."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(words) and words[at].startswith("-"):
        name, equals, value = words[at].partition("=")
        if words[at][:2] in _WITH_VALUES and len(words[at]) > 2:
            name, equals, value = words[at][:2], "=", words[at][2:].removeprefix("=")
        taken = 1 if equals or name not in _WITH_VALUES else 2
        found.append((name, value if taken == 1 else "".join(words[at + 1 : at + 2])))
        at += taken
    return found, list(words[at:])
