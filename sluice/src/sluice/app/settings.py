"""``sluice.toml``: what a repository decides about its runs. In: the file's text. Out: ``Settings`` or diagnostics.

Sections that belong to other rooms (gates, channels) are left to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span

if TYPE_CHECKING:
    from sluice.delivery.deployment.policy import EnvironmentPolicy
    from sluice.delivery.maintenance.settings import MaintainSettings
    from sluice.delivery.secrets.declared import Declaration
    from sluice.notify.policy import Channel

FILE = "sluice.toml"
_SECTIONS = (
    "run",
    "actions",
    "environment",
    "variables",
    "gates",
    "gate",
    "waive",
    "channel",
    "secret",
    "variable",
    "release",
    "image",
    "audit",
    "maintain",
)
KEYS: Mapping[str, Mapping[str, str]] = {
    "run": {
        "jobs": "how many jobs run at once; the number of processors otherwise",
        "isolation": '`"auto"`: namespaces for each job where they are to be had; `"none"`: never',
        "labels": "labels of this machine besides `self-hosted`, `linux`, `ubuntu-latest` and the like",
        "environment": "variables of the caller's that reach every job, by name",
    },
    "actions": {
        "map": "`owner/name` to a folder that stands for the repository, for actions and called workflows",
        "git": 'what stands before `owner/name` when it is fetched; `"https://github.com"` otherwise',
        "real": "built-in actions that are to be fetched all the same, by `owner/name`",
    },
    "release": {
        "tag-prefix": 'what stands before the version in a tag; `"v"` otherwise',
        "changelog": 'the changelog\'s file; `"CHANGELOG.md"` otherwise',
        "lock": 'pinned requirements for the bill of materials; `"requirements.lock"` otherwise',
        "build-lock": 'pinned tools that build the packages; `"build.lock"` otherwise',
        "page": "the repository's page, for links; made of the remote's address otherwise",
    },
}
"""What may stand in each table of a run's own, and what it means."""


class Settings(Struct, frozen=True, kw_only=True):
    """The whole file. ``actions`` maps ``owner/name`` to a folder; ``real_actions`` are never served built in."""

    jobs: int | None = None
    isolation: str = "auto"
    labels: tuple[str, ...] = ()
    passed_environment: tuple[str, ...] = ()
    actions: Mapping[str, Path] = field(default_factory=dict)
    git_base: str = "https://github.com"
    real_actions: frozenset[str] = frozenset()
    environments: Mapping[str, EnvironmentPolicy] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    declarations: tuple[Declaration, ...] = ()
    channels: tuple[Channel, ...] = ()
    maintenance: MaintainSettings | None = None


def load_settings(root: Path) -> Settings:
    """The settings of a repository; without a file the defaults. Raises ``InvalidInputError``."""
    path = root / FILE
    if not path.is_file():
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError([_found(FILE, 1, f"can't be read: {error}")]) from error
    return read_settings(text, root)


def read_settings(text: str, root: Path, file: str = FILE) -> Settings:
    """The settings in ``text``; relative paths start at ``root``."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise InvalidInputError([_found(file, int(line[1]) if line else 1, str(error))]) from error
    reader = _Reader(text, file)
    reader.check_keys(document, _SECTIONS, "")
    environments, wrong = _environments(document, text, file)
    declarations, found = _declarations(document, text, file)
    channels, errors = _channels(document, text, file)
    maintenance, amiss = _maintenance(document, text, file)
    reader.found += [*wrong, *found, *errors, *amiss]
    run = reader.table(document, "run", tuple(KEYS["run"]))
    actions = reader.table(document, "actions", tuple(KEYS["actions"]))
    settings = Settings(
        jobs=reader.positive(run, "jobs"),
        isolation=reader.choice(run, "isolation", ("auto", "none")) or "auto",
        labels=reader.words(run, "labels"),
        passed_environment=reader.words(run, "environment"),
        actions={name: (root / place).resolve() for name, place in reader.texts(actions, "map").items()},
        git_base=reader.text(actions, "git") or "https://github.com",
        real_actions=frozenset(reader.words(actions, "real")),
        environments=environments,
        variables=reader.texts(document, "variables"),
        declarations=declarations,
        channels=channels,
        maintenance=maintenance,
    )
    if reader.found:
        raise InvalidInputError(reader.found)
    return settings


def _declarations(
    document: Mapping[str, object], text: str, file: str
) -> tuple[tuple[Declaration, ...], list[Diagnostic]]:
    """Read only where there are some: start-up time is a feature."""
    if "secret" not in document and "variable" not in document:
        return (), []
    from sluice.delivery.secrets.declared import read_declarations

    return read_declarations(document, text, file)


def _channels(document: Mapping[str, object], text: str, file: str) -> tuple[tuple[Channel, ...], list[Diagnostic]]:
    """The same."""
    if "channel" not in document:
        return (), []
    from sluice.notify.policy import read_channels

    return read_channels(document, text, file)


def _maintenance(
    document: Mapping[str, object], text: str, file: str
) -> tuple[MaintainSettings | None, list[Diagnostic]]:
    """The same."""
    if "maintain" not in document:
        return None, []
    from sluice.delivery.maintenance.settings import read_maintenance

    return read_maintenance(document, text, file)


def _environments(
    document: Mapping[str, object], text: str, file: str
) -> tuple[dict[str, EnvironmentPolicy], list[Diagnostic]]:
    """The same."""
    if "environment" not in document:
        return {}, []
    from sluice.delivery.deployment.reading import read_environments

    return read_environments(document, text, file)


def _found(file: str, line: int, message: str, allowed: tuple[str, ...] = (), column: int = 1) -> Diagnostic:
    return Diagnostic(span=Span.at(file, line, column), rule="settings", message=message, allowed=allowed)


class _Reader:
    """Takes typed values out of tables and collects what is wrong."""

    def __init__(self, text: str, file: str) -> None:
        self._rows = text.splitlines()
        self._file = file
        self.found: list[Diagnostic] = []

    def report(self, key: str, message: str, allowed: tuple[str, ...]) -> None:
        """Something wrong with ``key``; its line is the first that names it."""
        last = key.rsplit(".", 1)[-1]
        named = re.compile(rf"^\s*\[*[^#=]*\b{re.escape(last)}\b")
        line = next((number for number, row in enumerate(self._rows, 1) if named.match(row)), 1)
        self.found.append(_found(self._file, line, f"'{key}' {message}", allowed))

    def check_keys(self, table: Mapping[str, object], allowed: tuple[str, ...], place: str) -> None:
        for key in table:
            if key not in allowed:
                self.report(f"{place}{key}", "is no key that Sluice knows", allowed)

    def table(self, parent: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> Mapping[str, object]:
        value = parent.get(key, {})
        if not isinstance(value, Mapping):
            self.report(key, "must be a table", ())
            return {}
        self.check_keys(value, allowed, f"{key}.")
        return value

    def text(self, table: Mapping[str, object], key: str) -> str | None:
        value = table.get(key)
        if value is None or isinstance(value, str):
            return value
        self.report(key, "must be a string", ())
        return None

    def choice(self, table: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(table, key)
        if value is not None and value not in allowed:
            self.report(key, f"can't be '{value}'", allowed)
        return value

    def positive(self, table: Mapping[str, object], key: str) -> int | None:
        value = table.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self.report(key, "must be a whole number above 0", ())
        return None

    def words(self, table: Mapping[str, object], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self.report(key, "must be a list of strings", ())
        return ()

    def texts(self, table: Mapping[str, object], key: str) -> dict[str, str]:
        value = table.get(key, {})
        if isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values()):
            return {name: str(text) for name, text in value.items()}
        self.report(key, "must be a table of strings", ())
        return {}
