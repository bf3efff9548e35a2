"""The environments that the settings name, for whoever looks after what runs: it stays within reach though they are
wrong. In: a repository. Out: those that can be read, and what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from sluice.app.settings import FILE, file_text, load_settings
from sluice.delivery.deployment.policy import EnvironmentPolicy
from sluice.source.errors import InvalidInputError


class Known(Struct, frozen=True, kw_only=True):
    """``wrong`` is what is wrong with the settings, in one line. ``unread`` are the environments that they name and
    that can't be read for it; ``None`` where nobody can tell which these are.
    """

    environments: Mapping[str, EnvironmentPolicy] = field(default_factory=dict)
    wrong: str = ""
    unread: frozenset[str] | None = frozenset()

    def leaves_open(self, name: str) -> bool:
        """Whether the settings name it, or may do so, and don't say what it is: what is recorded of it counts."""
        return self.unread is None or name in self.unread


def known_environments(root: Path) -> Known:
    """As the working tree's settings have them; where something else in the file is wrong, too."""
    try:
        return Known(environments=load_settings(root).environments)
    except InvalidInputError as error:
        return _in_spite_of(error.in_one_line, root)


def _in_spite_of(wrong: str, root: Path) -> Known:
    from sluice.delivery.deployment.reading import read_right_environments
    from sluice.source.toml.table import read_document

    try:
        document = read_document(file_text(root) or "", FILE)
    except InvalidInputError:
        return Known(wrong=wrong, unread=None)
    named, right = document.values.get("environment", {}), read_right_environments(document)
    unread = frozenset(named) - set(right) if isinstance(named, Mapping) else None
    return Known(environments=right, wrong=wrong, unread=unread)
