from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from sluice.source.errors import StoreError
from sluice.store.files.cache_archives import CacheArchives
from sluice.store.files.caches import FolderCaches


def caches(tmp_path: Path, *refs: str, limit: int = 10**9) -> FolderCaches:
    (tmp_path / "home").mkdir(exist_ok=True)
    return FolderCaches(
        tmp_path / "entries",
        refs=refs or ("refs/heads/main",),
        home=tmp_path / "home",
        temporary=tmp_path / "tmp",
        limit=limit,
    )


def workspace(tmp_path: Path, content: str = "x") -> Path:
    folder = tmp_path / "workspace"
    (folder / "kept").mkdir(parents=True, exist_ok=True)
    (folder / "kept/file").write_text(content, encoding="utf-8")
    return folder


def test_an_entry_is_found_by_its_key_or_the_newest_by_a_prefix(tmp_path: Path) -> None:
    kept = caches(tmp_path)
    for key in ("deps-1", "deps-2"):
        kept.save(key, ["kept"], workspace(tmp_path))
    assert kept.find(["deps-1"], ["kept"]) == "deps-1"
    assert kept.find(["deps-3", "deps-"], ["kept"]) == "deps-2"
    assert kept.find(["deps"], ["kept"]) == "deps-2"
    assert kept.find(["eps"], ["kept"]) is None
    assert kept.find(["deps-1"], ["other"]) is None


def test_an_entry_never_changes(tmp_path: Path) -> None:
    kept = caches(tmp_path)
    assert kept.save("k", ["kept"], workspace(tmp_path, "first")) is not None
    assert kept.save("k", ["kept"], workspace(tmp_path, "second")) is None
    target = tmp_path / "other"
    target.mkdir()
    kept.restore("k", ["kept"], target)
    assert (target / "kept/file").read_text(encoding="utf-8") == "first"


def test_a_branch_sees_the_default_branchs_entries_and_not_the_other_way_round(tmp_path: Path) -> None:
    main = caches(tmp_path, "refs/heads/main")
    branch = caches(tmp_path, "refs/heads/b", "refs/heads/main")
    main.save("of-main", ["kept"], workspace(tmp_path))
    branch.save("of-branch", ["kept"], workspace(tmp_path))
    assert branch.find(["of-main"], ["kept"]) == "of-main"
    assert main.find(["of-branch"], ["kept"]) is None


def test_the_least_recently_used_entries_go_when_there_are_too_many(tmp_path: Path) -> None:
    kept = caches(tmp_path, limit=1)
    kept.save("old", ["kept"], workspace(tmp_path))
    kept.save("new", ["kept"], workspace(tmp_path))
    assert (kept.find(["old"], ["kept"]), kept.find(["new"], ["kept"])) == (None, "new")


def test_an_entry_that_another_process_removes_meanwhile_is_none(tmp_path: Path) -> None:
    kept = caches(tmp_path)
    kept.save("old", ["kept"], workspace(tmp_path))
    (folder,) = (tmp_path / "entries").iterdir()
    (folder / "removed.tar.zst").symlink_to("nowhere")
    assert kept.save("new", ["kept"], workspace(tmp_path)) is not None
    assert kept.find(["new"], ["kept"]) == "new"


def test_nothing_to_keep_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="do\\(es\\) not exist"):
        caches(tmp_path).save("k", ["nothing"], workspace(tmp_path))


def hostile(tmp_path: Path, kept: FolderCaches, *members: tarfile.TarInfo) -> None:
    """Put an archive with these members in the place of an entry."""
    kept.save("k", ["kept"], workspace(tmp_path))
    (path,) = (tmp_path / "entries").glob("*/*.tar.zst")
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    path.write_bytes(zstandard.compress(plain.getvalue()))
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["key"] == "k"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    made.size = 1 if kind == tarfile.REGTYPE else 0
    return made


@pytest.mark.parametrize(
    "bad",
    [
        member("workspace/../../escaped"),
        member("/etc/escaped"),
        member("workspace//etc/escaped"),
        member("workspace/../workspaces/escaped"),
        member("elsewhere/file"),
        member("workspace/link", tarfile.LNKTYPE, "../escaped"),
        member("workspace/link", tarfile.LNKTYPE, "workspace/../../escaped"),
        member("workspace/pipe", tarfile.FIFOTYPE),
        member("workspace/device", tarfile.CHRTYPE),
    ],
    ids=lambda bad: f"{bad.name} {bad.linkname}",
)
def test_a_member_that_leaves_its_folder_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    kept = caches(tmp_path)
    hostile(tmp_path, kept, bad)
    with pytest.raises(StoreError, match="can't be unpacked"):
        kept.restore("k", ["kept"], tmp_path / "workspace")
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "workspace/link").is_symlink()


def test_a_pipe_is_left_out_of_an_entry(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    os.mkfifo(folder / "kept/pipe")
    kept = caches(tmp_path)
    kept.save("k", ["kept"], folder)
    (tmp_path / "other").mkdir()
    kept.restore("k", ["kept"], tmp_path / "other")
    assert [path.name for path in (tmp_path / "other/kept").iterdir()] == ["file"]


def test_links_are_kept_wherever_they_point(tmp_path: Path) -> None:
    outside = tmp_path / "python"
    outside.write_text("real", encoding="utf-8")
    kept, place = caches(tmp_path), workspace(tmp_path)
    (place / "kept/python").symlink_to(outside)
    (place / "kept/one").write_text("1", encoding="utf-8")
    (place / "kept/two").hardlink_to(place / "kept/one")
    kept.save("k", ["kept"], place)
    shutil.rmtree(place)
    place.mkdir()
    kept.restore("k", ["kept"], place)
    assert (place / "kept/python").readlink() == outside
    assert (place / "kept/two").samefile(place / "kept/one")


@pytest.mark.parametrize("through", ["workspace/way/file", "workspace/way"])
def test_nothing_is_written_through_a_link(tmp_path: Path, through: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = caches(tmp_path)
    hostile(tmp_path, kept, member("workspace/way", tarfile.SYMTYPE, str(outside)), member(through))
    with contextlib.suppress(StoreError):
        kept.restore("k", ["kept"], tmp_path / "workspace")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "workspace/way").is_symlink() == (through == "workspace/way/file")


def test_a_hard_link_to_what_lies_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    kept = caches(tmp_path)
    way = member("workspace/way", tarfile.SYMTYPE, str(tmp_path))
    hostile(tmp_path, kept, way, member("workspace/got", tarfile.LNKTYPE, "workspace/way/secret"))
    with pytest.raises(StoreError, match="can't be unpacked"):
        kept.restore("k", ["kept"], tmp_path / "workspace")


def test_a_path_in_tmp_is_the_jobs_own(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for root in (first, second):
        (root / "tmp").mkdir(parents=True)
    (first / "tmp/layers").mkdir()
    (first / "tmp/layers/1").write_text("1", encoding="utf-8")

    def of(root: Path) -> FolderCaches:
        entries = tmp_path / "entries"
        return FolderCaches(entries, refs=("r",), home=root / "home", temporary=root / "tmp")

    assert of(first).save("k", ["/tmp/layers"], first) is not None
    of(second).restore("k", ["/tmp/layers"], second)
    assert (second / "tmp/layers/1").read_text(encoding="utf-8") == "1"


def test_what_is_replaced_keeps_its_content_under_its_other_names(tmp_path: Path) -> None:
    kept, place = caches(tmp_path), workspace(tmp_path, "kept")
    kept.save("k", ["kept"], place)
    (place / "kept/file").write_text("newer", encoding="utf-8")
    (tmp_path / "other-name").hardlink_to(place / "kept/file")
    kept.restore("k", ["kept"], place)
    assert (place / "kept/file").read_text(encoding="utf-8") == "kept"
    assert (tmp_path / "other-name").read_text(encoding="utf-8") == "newer"


def test_what_is_restored_is_as_it_was(tmp_path: Path) -> None:
    kept, place = caches(tmp_path), workspace(tmp_path, "x" * 3_000_000)
    os.utime(place / "kept/file", (1000.0, 2000.0))
    (place / "kept/file").chmod(0o755)
    (place / "kept/empty").mkdir(mode=0o700)
    (place / f"kept/{'long' * 50}").write_text("n" * 512, encoding="utf-8")
    kept.save("k", ["kept"], place)
    other = tmp_path / "other"
    kept.restore("k", ["kept"], other)
    found = (other / "kept/file").stat()
    assert (found.st_size, found.st_mtime, found.st_mode & 0o777) == (3_000_000, 2000.0, 0o755)
    assert (other / "kept/empty").stat().st_mode & 0o777 == 0o700
    assert (other / f"kept/{'long' * 50}").read_text(encoding="utf-8") == "n" * 512


def test_an_entry_that_ends_too_soon_is_told(tmp_path: Path) -> None:
    kept = caches(tmp_path)
    kept.save("k", ["kept"], workspace(tmp_path, "x" * 4000))
    (path,) = (tmp_path / "entries").glob("*/*.tar.zst")
    plain = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    path.write_bytes(zstandard.compress(plain[: plain.index(b"xxx") + 1000]))
    with pytest.raises(StoreError, match="it ends within 'kept/file'"):
        kept.restore("k", ["kept"], tmp_path / "other")


def test_a_hard_link_between_the_home_and_the_workspace_is_kept(tmp_path: Path) -> None:
    kept, place, paths = caches(tmp_path), workspace(tmp_path), ["~/.cache/uv", "kept"]
    wheel = tmp_path / "home/.cache/uv/wheel"
    wheel.parent.mkdir(parents=True)
    wheel.hardlink_to(place / "kept/file")
    kept.save("k", paths, place)
    shutil.rmtree(place)
    shutil.rmtree(tmp_path / "home")
    kept.restore("k", paths, place)
    assert (place / "kept/file").samefile(wheel)


def test_a_hard_link_leaves_no_root_for_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    kept = caches(tmp_path)
    hostile(tmp_path, kept, member("workspace/got", tarfile.LNKTYPE, "home/../secret"))
    with pytest.raises(StoreError, match="leaves its folder"):
        kept.restore("k", ["kept"], tmp_path / "workspace")


def test_folders_get_their_mode_and_time_when_all_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go's modules lie in folders that nobody may write to; root may, so that modes are looked at here."""
    kept, place = caches(tmp_path), workspace(tmp_path)
    (place / "kept/inner").mkdir()
    (place / "kept/inner/file").write_text("x", encoding="utf-8")
    for folder in ("kept/inner", "kept"):
        os.utime(place / folder, (1000.0, 2000.0))
        (place / folder).chmod(0o555)
    kept.save("k", ["kept"], place)
    modes, opened = [], os.open

    def noting(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT and "other" in str(path):
            modes.append(Path(path).parent.stat().st_mode & 0o200)
        return opened(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", noting)
    other = tmp_path / "other"
    kept.restore("k", ["kept"], other)
    found = [(other / folder).stat() for folder in ("kept", "kept/inner")]
    assert modes == [0o200, 0o200]
    assert [(one.st_mode & 0o777, one.st_mtime) for one in found] == [(0o555, 2000.0)] * 2


def odd(mtime: float) -> bytes:
    plain, entry = io.BytesIO(), member("workspace/kept/file")
    entry.mtime = mtime
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(b"x"))
    return zstandard.compress(plain.getvalue())


def corrupt(entry: bytes) -> bytes:
    return entry[:20] + bytes(255 - byte for byte in entry[20:])


@pytest.mark.parametrize("damage", [corrupt, lambda _: b"no archive" * 9, lambda _: odd(1e30), lambda _: b""])
def test_a_damaged_entry_is_told_and_makes_room_for_a_new_one(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    kept = caches(tmp_path)
    kept.save("k", ["kept"], workspace(tmp_path))
    (path,) = (tmp_path / "entries").glob("*/*.tar.zst")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError, match="can't be unpacked"):
        kept.restore("k", ["kept"], tmp_path / "workspace")
    assert kept.find(["k"], ["kept"]) is None
    assert kept.save("k", ["kept"], workspace(tmp_path)) is not None


def test_an_entry_without_its_facts_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill, or a full disk, between the two files of an entry."""
    kept = caches(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("sluice.store.files.caches.write_whole", fail_to_write)
        with pytest.raises(OSError, match="No space"):
            kept.save("k", ["kept"], workspace(tmp_path))
    assert kept.save("k", ["kept"], workspace(tmp_path)) is not None
    assert kept.find(["k"], ["kept"]) == "k"


def test_an_entry_whose_facts_are_lost_is_made_again(tmp_path: Path) -> None:
    kept = caches(tmp_path)
    kept.save("k", ["kept"], workspace(tmp_path))
    (path,) = (tmp_path / "entries").glob("*/*.json")
    path.unlink()
    assert kept.save("k", ["kept"], workspace(tmp_path)) is not None
    assert kept.find(["k"], ["kept"]) == "k"


def fail_to_write(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_a_killed_process_left_goes_when_nobody_writes_it_any_more(tmp_path: Path) -> None:
    """A kill while an entry is packed: as large as entries are, and of no use to anybody."""
    kept = caches(tmp_path)
    process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        CacheArchives.pack = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        with contextlib.suppress(BaseException):
            kept.save("k", ["kept"], workspace(tmp_path))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    (left,) = (tmp_path / "entries").glob("*/.*")
    kept.save("k", ["kept"], workspace(tmp_path))
    assert left.exists(), "somebody may be at it"
    os.utime(left, (time.time() - 90_000,) * 2)
    kept.save("other", ["kept"], workspace(tmp_path))
    assert not left.exists()
