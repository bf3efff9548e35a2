from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.services.embedded.copying import copy_folder
from sluice.services.embedded.folders import Folders
from sluice.services.embedded.spares import MOST, claim, give_back, take, trim


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(root=tmp_path / "servers", identity=None)


@pytest.fixture
def template(folders: Folders) -> Path:
    place = folders.templates / "one"
    for name, text in (("a", "first"), ("deep/er/b", "second"), ("empty", "")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    return place


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") if path.is_file() else "a folder"
        for path in folder.rglob("*")
    }


def replace_folder(folder: Path) -> None:
    shutil.rmtree(folder / "deep")
    (folder / "deep").write_text("a file", encoding="utf-8")


def replace_file(folder: Path) -> None:
    (folder / "a").unlink()
    (folder / "a").mkdir()
    (folder / "a/more").touch()


def link_outside(folder: Path) -> None:
    (folder / "a").unlink()
    (folder / "a").symlink_to(folder.parent / "outside")
    (folder.parent / "outside").write_text("not ours", encoding="utf-8")


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: folder.touch(),
        lambda folder: (folder / "a").write_text("FIRST", encoding="utf-8"),
        lambda folder: (folder / "a").write_text("longer than before", encoding="utf-8"),
        lambda folder: (folder / "a").unlink(),
        lambda folder: (folder / "more").write_text("x", encoding="utf-8"),
        lambda folder: shutil.rmtree(folder / "deep/er"),
        replace_folder,
        replace_file,
        link_outside,
    ],
)
def test_whatever_was_done_to_a_copy_it_is_made_like_the_original_again(
    tmp_path: Path, template: Path, harm: Callable[[Path], object]
) -> None:
    original, copy = contents(template), tmp_path / "copy"
    copy_folder(template, copy, None)
    assert contents(copy) == original
    harm(copy)
    copy_folder(template, copy, None)
    assert contents(copy) == original
    assert contents(template) == original
    outside = tmp_path / "outside"
    assert not outside.exists() or outside.read_text(encoding="utf-8") == "not ours"


def test_a_copy_that_was_not_touched_is_not_written_again(tmp_path: Path, template: Path) -> None:
    copy = tmp_path / "copy"
    copy_folder(template, copy, None)
    before = (copy / "a").stat()
    copy_folder(template, copy, None)
    after = (copy / "a").stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)


def test_a_folder_that_is_given_back_is_taken_again(tmp_path: Path, folders: Folders, template: Path) -> None:
    take(folders, template, tmp_path / "first")
    number = (tmp_path / "first/a").stat().st_ino
    (tmp_path / "first/a").write_text("changed", encoding="utf-8")
    give_back(folders, template, tmp_path / "first")
    assert not (tmp_path / "first").exists()
    spare = next((folders.spares / "one").iterdir())
    assert contents(spare) == contents(template)
    (spare / "a").write_text("meddled with", encoding="utf-8")
    take(folders, template, tmp_path / "second")
    assert (tmp_path / "second/a").stat().st_ino == number
    assert contents(tmp_path / "second") == contents(template)


def test_only_a_few_wait(tmp_path: Path, folders: Folders, template: Path) -> None:
    places = [tmp_path / str(number) for number in range(MOST + 1)]
    for place in places:
        take(folders, template, place)
    for place in places:
        give_back(folders, template, place)
    assert len(list((folders.spares / "one").iterdir())) == MOST
    assert places[-1].is_dir()


def test_nothing_waits_for_a_template_that_is_gone(tmp_path: Path, folders: Folders, template: Path) -> None:
    take(folders, template, tmp_path / "first")
    shutil.rmtree(template)
    give_back(folders, template, tmp_path / "first")
    assert list(folders.spares.iterdir()) == []


def test_templates_that_are_long_unused_are_removed_with_their_spares(
    tmp_path: Path, folders: Folders, template: Path
) -> None:
    take(folders, template, tmp_path / "first")
    give_back(folders, template, tmp_path / "first")
    for name in ("two", "three"):
        shutil.copytree(template, folders.templates / name)
        os.utime(folders.templates / name)
    os.utime(template, (1, 1))
    assert trim(folders, most=3) == []
    assert len(list((folders.spares / "one").iterdir())) == 1
    assert trim(folders, most=1) == ["one"]  # the others were used in the last hour
    assert sorted(place.name for place in folders.templates.iterdir()) == ["three", "two"]
    assert list(folders.spares.iterdir()) == []


def test_what_is_claimed_is_not_trimmed_and_what_is_trimmed_can_not_be_claimed(
    folders: Folders, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(template, (1, 1))
    claim(folders, template)
    assert trim(folders, most=0) == []

    shutil.copytree(template, folders.templates / "two")
    for name in ("one", "two"):
        os.utime(folders.templates / name, (1, 1))
    seen: list[bool] = []
    remove = shutil.rmtree

    def look(place: Path, *, ignore_errors: bool) -> None:
        claim(folders, template)
        seen.append(template.exists())
        remove(place, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", look)
    assert sorted(trim(folders, most=0)) == ["one", "two"]
    assert seen == [False]  # both were out of reach before the first file was removed


def test_what_a_trim_that_was_killed_left_is_removed_by_the_next(folders: Folders, template: Path) -> None:
    shutil.copytree(template, folders.root / ".trimmed@killed/old")
    assert trim(folders) == []
    assert [place.name for place in folders.root.glob(".trimmed@*")] == []
