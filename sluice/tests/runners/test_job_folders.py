"""Where jobs work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

from sluice.machine.trees import remove_tree
from sluice.runners.job_folders import JobFolders, kept_folder, put_away


def test_a_job_has_the_same_folder_in_every_run(tmp_path: Path) -> None:
    folders = JobFolders(tmp_path)
    with folders.claim("call/build") as first:
        first.mkdir()
    with folders.claim("call/build") as second:
        assert second == first == tmp_path / "call~build"
        assert not second.exists()


def test_two_at_once_get_two(tmp_path: Path) -> None:
    with JobFolders(tmp_path).claim("a") as one, JobFolders(tmp_path).claim("a") as other:
        assert (one, other) == (tmp_path / "a", tmp_path / "a-2")


def test_the_folder_of_a_killed_engine_is_free(tmp_path: Path) -> None:
    program = f"""
import os, pathlib, signal
from sluice.machine.trees import remove_tree
from sluice.runners.job_folders import JobFolders
with JobFolders(pathlib.Path({str(tmp_path)!r})).claim("a") as folder:
    folder.mkdir()
    (folder / "left").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert (tmp_path / "a/left").exists()
    with JobFolders(tmp_path).claim("a") as folder:
        assert not folder.exists()


def test_a_place_that_cannot_be_emptied_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/held").touch()

    def refusing(folder: Path) -> None:
        if folder.exists():
            raise PermissionError(folder)

    monkeypatch.setattr("sluice.runners.job_folders.remove_tree", refusing)
    with JobFolders(tmp_path).claim("a") as folder:
        assert folder == tmp_path / "a-2"
        assert not folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("depth", "then", "code"),
    [
        (1500, 'run: "true"', 0),
        (1500, "run: test ${{ hashFiles('**/file') }}", 0),
        (2500, "run: test ${{ hashFiles('**/file') }}", 1),
        (2500, "{uses: actions/upload-artifact@v4, with: {name: a, path: .}}", 1),
    ],
)
def test_a_job_that_nests_folders_without_end_ends_in_order(
    run: Run, tmp_path: Path, depth: int, then: str, code: int
) -> None:
    text = f"""
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - shell: python {{0}}
        run: |
          import os
          for _ in range({depth}): os.mkdir("x"); os.chdir("x")
          open("file", "w").write("x")
      - {then}
"""
    try:
        ran = run(text)
        assert (ran.code, ran.job("job").conclusion) == (code, "failure" if code else "success")
    finally:  # what a red test leaves would stop pytest itself
        subprocess.run(["rm", "-rf", str(tmp_path / "home")], check=True)


def test_what_is_put_away_can_stand_in_its_place_again(tmp_path: Path) -> None:
    folders, kept = JobFolders(tmp_path / "jobs"), kept_folder(tmp_path / "run", "a/b")
    with folders.claim("a/b") as folder:
        folder.mkdir()
        (folder / "file").write_text("x", encoding="utf-8")
        put_away(folder, kept)
        with folders.lend(folder, kept) as lent:
            assert not lent
    with folders.lend(folder, kept) as lent:
        assert lent
        assert (folder / "file").read_text(encoding="utf-8") == "x"
        assert folder.resolve() == folder
        assert (kept / "file").is_file()
    assert not folder.exists()
    assert [path.name for path in kept.iterdir()] == ["file"]


def test_what_a_killed_shell_left_in_a_jobs_place_goes_back_to_its_run(tmp_path: Path) -> None:
    folders, kept = JobFolders(tmp_path / "jobs"), kept_folder(tmp_path / "run", "a")
    kept.mkdir(parents=True)
    (kept / "file").write_text("x", encoding="utf-8")
    folder = tmp_path / "jobs/a"
    with folders.lend(folder, kept):
        left = {path.name: path.readlink() for path in kept.parent.iterdir()}
        mark = folder.with_name(".a.lent").read_text(encoding="utf-8")
    kept.rename(folder)  # as if it had not been given back
    kept.symlink_to(left["a"])
    folder.with_name(".a.lent").write_text(mark, encoding="utf-8")
    with folders.claim("a") as claimed:
        assert claimed == folder
        assert not folder.exists()
    assert [path.name for path in kept.iterdir()] == ["file"]
    assert not kept.is_symlink()


def test_what_is_lent_of_a_run_that_was_cleaned_meanwhile_goes(tmp_path: Path) -> None:
    folders, kept = JobFolders(tmp_path / "jobs"), kept_folder(tmp_path / "run", "a")
    kept.mkdir(parents=True)
    folder = tmp_path / "jobs/a"
    with folders.lend(folder, kept):
        remove_tree(kept.parent.parent)
    assert not folder.exists()
    assert not kept.exists()


@pytest.mark.slow
def test_absolute_paths_of_one_run_are_those_of_the_next(run: Run) -> None:
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'echo \">$PWD $HOME\"'}]}}"
    first = run(text).said("job")
    assert run(text).said("job") == first
    assert len(first) == 1
