"""Settings from a TOML text, from variables and from flags, in that order, into a `Configuration` or every problem
found.

A problem is one line: where it stands (``file:line``, a variable or a flag), the key, what is allowed.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loka_stratum.configuration import positions
from loka_stratum.configuration.settings import LISTS, REQUIRED, SECTIONS, Configuration, Described, described
from loka_stratum.configuration.values import Endpoint
from loka_stratum.errors import ConfigurationError, UnavailableError

PREFIX = "LOKA_"
DATABASE_URL = "DATABASE_URL"
FLAGS = {
    "--bind": "server.bind",
    "--web-bind": "web.bind",
    "--database-url": "database.url",
    "--max-connections": "limits.connections",
    "--idle-timeout": "limits.idle_timeout",
    "--log-level": "log.level",
    "--log-format": "log.format",
}
"""The settings that have a flag of their own on the command line."""
_Values = dict[str, dict[str, Any]]


@dataclass(slots=True)
class _Reading:
    """What was read so far: values by section (``pools.0`` for the first pool), where each came from, and problems."""

    file: str
    lines: dict[positions.Path, int] = field(default_factory=dict)
    values: _Values = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def where(self, *path: str | int) -> str:
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 1)
        return f"{self.file}:{line}"

    def put(self, section: str, key: str, value: object, source: str) -> None:
        self.values.setdefault(section, {})[key] = value
        self.sources[section, key] = source


def read_configuration(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[str, str] | None = None
) -> Configuration:
    """The settings in force. ``flags`` are texts by the flag's name, with its dashes.

    Raises ``ConfigurationError`` or ``UnavailableError``.
    """
    text = ""
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            hint = "`loka-stratum config example > loka-stratum.toml` writes one"
            raise UnavailableError(f"{file} can't be read: {reason}", hint=hint) from None
    return read_text(text, str(file or "no file"), environment, flags or {})


def read_text(text: str, name: str, environment: Mapping[str, str], flags: Mapping[str, str]) -> Configuration:
    """As `read_configuration`, with the file's text at hand."""
    reading = _Reading(file=name)
    _read_file(reading, text)
    _read_environment(reading, environment)
    for flag, given in flags.items():
        section, key = FLAGS[flag].split(".")
        _read_one(reading, (section, key), flag, given, text=True)
    built = _build(reading)
    if reading.problems:
        raise ConfigurationError(reading.problems)
    return built


def _read_file(reading: _Reading, text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{reading.file}: this is not TOML: {error}"]) from None
    reading.lines = positions.key_lines(text)
    for section, content in document.items():
        if section not in SECTIONS:
            reading.problems.append(f"{reading.where(section)}: {section}: {_unknown('section', section, SECTIONS)}")
        elif section in LISTS:
            _read_list(reading, section, content)
        else:
            _read_section(reading, section, section, content, (section,))


def _read_list(reading: _Reading, section: str, content: object) -> None:
    if not isinstance(content, list):
        reading.problems.append(f"{reading.where(section)}: {section}: write [[{section}]], once for each")
        return
    for position, part in enumerate(content):
        reading.values.setdefault(f"{section}.{position}", {})
        _read_section(reading, f"{section}.{position}", section, part, (section, position))


def _read_section(reading: _Reading, place: str, section: str, content: object, path: positions.Path) -> None:
    if not isinstance(content, dict):
        reading.problems.append(f"{reading.where(*path)}: {section}: write it as a table, [{section}]")
        return
    for key, value in content.items():
        _read_one(reading, (place, key), reading.where(*path, key), value)


def _read_environment(reading: _Reading, environment: Mapping[str, str]) -> None:
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and "__" in variable:
            _read_variable(reading, variable, environment[variable])
    if url := environment.get(DATABASE_URL):
        _read_one(reading, ("database", "url"), DATABASE_URL, url, text=True)


def _read_variable(reading: _Reading, variable: str, text: str) -> None:
    section, *rest = variable[len(PREFIX) :].lower().split("__")
    place = section
    if section in LISTS and len(rest) == 2 and rest[0].isdigit():
        place = f"{section}.{int(rest.pop(0))}"
    if section not in SECTIONS or len(rest) != 1 or (section in LISTS and place == section):
        form = f"{PREFIX}SECTION__KEY with a section of {', '.join(SECTIONS)}; pools are {PREFIX}POOLS__0__KEY"
        reading.problems.append(f"{variable}: no such setting; a variable is {form}")
        return
    _read_one(reading, (place, rest[0]), variable, text, text=True)


def _read_one(reading: _Reading, name: tuple[str, str], source: str, value: object, *, text: bool = False) -> None:
    """Keep a setting that stands at ``source``, as TOML has it or as a text, or what is wrong with it."""
    place, key = name
    known = described(SECTIONS[place.partition(".")[0]])
    if key not in known:
        reading.problems.append(f"{source}: {place}.{key}: {_unknown('setting', key, known)}")
        return
    kind = known[key].kind
    try:
        reading.put(place, key, kind.read_text(str(value)) if text else kind.read(value), source)
    except ValueError as error:
        reading.problems.append(f"{source}: {place}.{key}: must be {error}")


def _unknown(noun: str, found: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(found, known, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"no such {noun}; {meant}allowed are {', '.join(known)}"


def _build(reading: _Reading) -> Configuration:
    sections: dict[str, Any] = {
        name: kind(**reading.values.get(name, {})) for name, kind in SECTIONS.items() if name not in LISTS
    }
    sections["pools"] = tuple(sorted(_build_pools(reading), key=lambda pool: pool.priority))
    built = Configuration(**sections)
    if not reading.problems:
        reading.problems.extend(_contradictions(reading, built))
    return built


def _build_pools(reading: _Reading) -> list[Any]:
    pools = []
    places = sorted((place for place in reading.values if place.startswith("pools.")), key=lambda place: int(place[6:]))
    for expected, place in enumerate(places):
        values = reading.values[place]
        position = int(place[6:])
        missing = [key for key, each in described(SECTIONS["pools"]).items() if _is_missing(each, key, values)]
        problem_before = any(f": {place}." in problem for problem in reading.problems)
        if position != expected:
            reading.problems.append(f"{place}: pools are numbered from 0 without gaps")
        elif missing and not problem_before:
            where = reading.where("pools", position)
            reading.problems.append(f"{where}: {place}: {' and '.join(missing)} must be given")
        elif not missing:
            pools.append(SECTIONS["pools"](**values))
    return pools


def _is_missing(each: Described, key: str, values: Mapping[str, object]) -> bool:
    return each.default is REQUIRED and key not in values


def _contradictions(reading: _Reading, built: Configuration) -> list[str]:
    """What no setting alone gets wrong."""
    found = []
    if not any(pool.active for pool in built.pools):
        found.append(f"{reading.where('pools')}: pools: at least one active pool must be given, as [[pools]]")
    names = [pool.name for pool in built.pools]
    found += [
        f"{reading.where('pools')}: pools: the name {name!r} is given twice"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if built.server.tls_bind and not (built.server.tls_certificate and built.server.tls_key):
        where = reading.sources.get(("server", "tls_bind"), reading.file)
        found.append(f"{where}: server.tls_bind: needs server.tls_certificate and server.tls_key")
    if built.failover.retry_longest < built.failover.retry_shortest:
        where = reading.sources.get(("failover", "retry_longest"), reading.file)
        found.append(f"{where}: failover.retry_longest: must not be under failover.retry_shortest")
    return found + [_same_place(reading, one, other) for one, other in _collisions(built)]


def _collisions(built: Configuration) -> list[tuple[str, str]]:
    binds: dict[str, Endpoint | None] = {
        "server.bind": built.server.bind,
        "server.tls_bind": built.server.tls_bind,
        "web.bind": built.web.bind,
    }
    taken = [(name, bind) for name, bind in binds.items() if bind is not None and bind.port]
    return [
        (name, other)
        for position, (name, bind) in enumerate(taken)
        for other, place in taken[:position]
        if bind.port == place.port and bind.host == place.host
    ]


def _same_place(reading: _Reading, one: str, other: str) -> str:
    section, key = one.split(".")
    where = reading.sources.get((section, key), reading.file)
    return f"{where}: {one}: {other} listens there already"
