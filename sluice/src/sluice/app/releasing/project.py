"""What ``[release]`` of ``sluice.toml`` says. In: a repository's root. Out: its settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sluice.app.settings import FILE, settings_text
from sluice.source.toml.table import read_document

KEYS: Mapping[str, Mapping[str, str]] = {
    "release": {
        "tag-prefix": 'what stands before the version in a tag; `"v"` otherwise',
        "changelog": 'the changelog\'s file; `"CHANGELOG.md"` otherwise',
        "lock": 'pinned requirements for the bill of materials; `"requirements.lock"` otherwise',
        "build-lock": 'pinned tools that build the packages; `"build.lock"` otherwise',
        "page": "the repository's page, for links; made of the remote's address otherwise",
    }
}
"""What may stand in the table, and what it means."""


class ReleaseSettings(Struct, frozen=True, kw_only=True):
    """``[release]`` of ``sluice.toml``: what stands before a tag's version, the changelog's file, pinned requirements
    for the bill of materials, pinned tools that build, the repository's page.
    """

    prefix: str = "v"
    changelog: str = "CHANGELOG.md"
    lock: str = "requirements.lock"
    build_lock: str = "build.lock"
    page: str = ""


def read_settings(root: Path) -> ReleaseSettings:
    """The repository's. Raises ``InvalidInputError`` with a diagnostic for each error."""
    table = read_document(settings_text(root) or "", FILE).table("release", tuple(KEYS["release"]))
    default = ReleaseSettings()
    settings = ReleaseSettings(
        prefix=table.text("tag-prefix", default.prefix),
        changelog=table.text("changelog", default.changelog),
        lock=table.text("lock", default.lock),
        build_lock=table.text("build-lock", default.build_lock),
        page=table.text("page", default.page),
    )
    if not (root / settings.changelog).resolve().is_relative_to(root.resolve()):
        table.report(
            ("changelog",), f"'{settings.changelog}' is not in the repository, which a release is committed to"
        )
    table.check()
    return settings
