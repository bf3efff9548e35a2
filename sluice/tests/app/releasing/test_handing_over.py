"""The files of a release take the place of an earlier build's, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.app.releasing.handing_over import check_folder, hand_over
from sluice.source.errors import UsageError


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    (folder / "one-1.0-py3-none-any.whl").write_text("new", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "before", [None, (), ("one-0.9-py3-none-any.whl", "one-0.9.tar.gz", "SHA256SUMS", ".gitignore")]
)
def test_an_earlier_build_goes(built: Path, tmp_path: Path, before: tuple[str, ...] | None) -> None:
    out = tmp_path / "deep/dist"
    if before is not None:
        out.mkdir(parents=True)
        for name in before:
            (out / name).touch()
    check_folder(out)
    hand_over(built, out)
    assert [path.name for path in out.iterdir()] == ["one-1.0-py3-none-any.whl"]


@pytest.mark.parametrize("names", [("one.whl", "notes.txt"), ("one.whl", "src/"), ("backup.tar.gz",)])
def test_anything_else_stays_and_is_named(built: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in names:
        (out / name).mkdir() if name.endswith("/") else (out / name).touch()
    said = f"'{names[-1].rstrip('/')}' in it is of no build"
    with pytest.raises(UsageError, match=said):
        check_folder(out)
    with pytest.raises(UsageError, match=said):
        hand_over(built, out)
    assert len(list(out.iterdir())) == len(names)
