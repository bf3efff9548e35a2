"""What ``[release]`` of ``sluice.toml`` may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.app.releasing.project import read_settings
from sluice.source.errors import InvalidInputError


@pytest.mark.parametrize("changelog", ["../x.md", "/x.md", "link/x.md"])
def test_a_changelog_outside_of_the_repository_is_an_error(tmp_path: Path, changelog: str) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    (root / "sluice.toml").write_text(f"[release]\nchangelog = '{changelog}'\n", encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_settings(root)
    (found,) = caught.value.diagnostics
    assert found.message == f"'{changelog}' is not in the repository, which a release is committed to"
    assert found.span.start.line == 2


def test_a_changelog_in_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "sluice.toml").write_text("[release]\nchangelog = 'docs/changes.md'\n", encoding="utf-8")
    assert read_settings(tmp_path).changelog == "docs/changes.md"
