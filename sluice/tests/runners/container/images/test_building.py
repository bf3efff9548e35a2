"""Images of actions: what makes them the same."""

from __future__ import annotations

from pathlib import Path

from sluice.runners.container.images.building import folder_digest


def test_a_folder_is_the_same_by_names_modes_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").symlink_to("../a")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("x")
    first = folder_digest(tmp_path)
    seen = {first}
    for change in (
        lambda: (tmp_path / "a").write_text("2"),
        lambda: (tmp_path / "a").chmod(0o755),
        lambda: (tmp_path / "a").rename(tmp_path / "d"),
        (tmp_path / "b/e").mkdir,
    ):
        change()
        seen.add(folder_digest(tmp_path))
    assert len(seen) == 5
    (tmp_path / ".git/HEAD").write_text("y")
    assert folder_digest(tmp_path) in seen
