"""``sluice.toml``: what a repository decides about its runs. In: the file's text. Out: ``Settings`` or diagnostics.

Sections that belong to other rooms (gates, channels) are left to them.
"""

from __future__ import annotations

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
    from sluice.source.toml.table import Table

FILE = "sluice.toml"
_TABLES = (
    "run",
    "lint",
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
    "lint": {
        "labels": "labels of runners that you have elsewhere, so that `runs-on` may name them",
    },
    "actions": {
        "map": "`owner/name` to a folder that stands for the repository, for actions and called workflows",
        "git": 'what stands before `owner/name` when it is fetched; `"https://github.com"` otherwise',
        "real": "built-in actions that are to be fetched all the same, by `owner/name`",
    },
}
"""What may stand in each table of a run's own, and what it means."""


class Settings(Struct, frozen=True, kw_only=True):
    """The whole file. ``actions`` maps ``owner/name`` to a folder; ``real_actions`` are never served built in.

    ``labels`` are those of this machine, ``known_labels`` those of all runners of the author's own.
    """

    jobs: int | None = None
    isolation: str = "auto"
    labels: tuple[str, ...] = ()
    known_labels: tuple[str, ...] = ()
    passed_environment: tuple[str, ...] = ()
    actions: Mapping[str, Path] = field(default_factory=dict)
    git_base: str = "https://github.com"
    real_actions: frozenset[str] = frozenset()
    environments: Mapping[str, EnvironmentPolicy] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    declarations: tuple[Declaration, ...] = ()
    channels: tuple[Channel, ...] = ()
    maintenance: MaintainSettings | None = None


def settings_text(root: Path) -> str | None:
    """The text of a repository's ``sluice.toml`` for a reader of some of its tables; ``None`` without one.

    Raises ``InvalidInputError``, also with each table that no reader knows: it would be passed over in silence.
    """
    from sluice.source.toml.table import read_document

    text = file_text(root)
    if text is not None:
        document = read_document(text, FILE)
        document.expect(_TABLES)
        document.check()
    return text


def file_text(root: Path) -> str | None:
    """The file's text, whatever it says; ``None`` without one. Raises ``InvalidInputError`` where it can't be read."""
    path = root / FILE
    try:
        return path.read_text(encoding="utf-8") if path.exists() or path.is_symlink() else None
    except (OSError, UnicodeDecodeError) as error:
        found = Diagnostic(span=Span.at(FILE), rule="settings", message=f"{FILE} can't be read: {error}")
        raise InvalidInputError([found]) from error


def load_settings(root: Path) -> Settings:
    """The settings of a repository; without a file the defaults. Raises ``InvalidInputError``."""
    text = file_text(root)
    return Settings() if text is None else read_settings(text, root)


def read_settings(text: str, root: Path, file: str = FILE) -> Settings:
    """The settings in ``text``; relative paths start at ``root``. Raises ``InvalidInputError`` with every error."""
    from sluice.source.toml.table import read_document

    document = read_document(text, file)
    document.expect(_TABLES)
    run, lint, actions = (document.table(name, tuple(KEYS[name])) for name in ("run", "lint", "actions"))
    settings = Settings(
        jobs=run.count("jobs"),
        isolation=run.choice("isolation", ("auto", "none"), "auto"),
        labels=run.words("labels"),
        known_labels=run.words("labels") + lint.words("labels"),
        passed_environment=run.words("environment"),
        actions={name: (root / place).resolve() for name, place in actions.texts("map").items()},
        git_base=actions.text("git") or "https://github.com",
        real_actions=frozenset(actions.words("real")),
        environments=_environments(document),
        variables=document.texts("variables"),
        declarations=_declarations(document),
        channels=_channels(document),
        maintenance=_maintenance(document),
    )
    document.check()
    return settings


def _declarations(document: Table) -> tuple[Declaration, ...]:
    """Read only where there are some: start-up time is a feature, here and below."""
    if "secret" not in document and "variable" not in document:
        return ()
    from sluice.delivery.secrets.declared import read_declarations

    return read_declarations(document)


def _channels(document: Table) -> tuple[Channel, ...]:
    """Read only where there are some."""
    if "channel" not in document:
        return ()
    from sluice.notify.policy import read_channels

    return read_channels(document)


def _maintenance(document: Table) -> MaintainSettings | None:
    """Read only where there are some."""
    if "maintain" not in document:
        return None
    from sluice.delivery.maintenance.settings import read_maintenance

    return read_maintenance(document)


def _environments(document: Table) -> dict[str, EnvironmentPolicy]:
    """Read only where there are some."""
    if "environment" not in document:
        return {}
    from sluice.delivery.deployment.reading import read_environments

    return read_environments(document)
