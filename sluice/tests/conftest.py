"""Runs a workflow for real in a small repository and tells what came of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from running import Ran, Run

from sluice.app.running.options import RunOptions
from sluice.app.running.run import run_workflows
from sluice.events.fold import fold_all
from sluice.store.runs.sqlite import SqliteStore

for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "SLUICE_EFFECTS"):
    os.environ.pop(name, None)  # of the job that runs the tests: what they try is no effect of its, nor its base theirs


@pytest.fixture(scope="session")
def first_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit and nothing in it, to be copied: that takes a tenth of the time of making it.

    What git can do without is taken out, for it would be copied and removed with every test.
    """
    root = tmp_path_factory.mktemp("first-commit")
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main", "--template="],
        ["git", "config", "maintenance.auto", "false"],  # a third of what each commit takes
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--allow-empty", "-m", "First"],
    ):
        subprocess.run(command, cwd=root, check=True)
    (root / ".git/COMMIT_EDITMSG").unlink()
    for name in ("logs", "objects/info", "objects/pack", "refs/tags"):
        shutil.rmtree(root / ".git" / name)
    return root


@pytest.fixture
def repository(first_commit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository with one commit, and a home of Sluice's own."""
    root = tmp_path / "repository"
    shutil.copytree(first_commit, root)
    (root / ".github/workflows").mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    return root


@pytest.fixture
def run_file(repository: Path, tmp_path: Path) -> Run:
    """Run a workflow file of the repository; keyword arguments are ``RunOptions``."""
    assert repository.is_dir()

    def run_named(name: str, **options: object) -> Ran:
        given = replace(RunOptions(paths=(name,), output="quiet", at_once=8), **options)
        code = run_workflows(given)
        with SqliteStore(tmp_path / "home/state") as store:
            row = store.find_run("latest")
            state = fold_all(store.read(row.run))
            assert state is not None
            ran = Ran(code=code, state=state, folder=store.folder(row.run))
        for job in [key for key, result in ran.results().items() if result == "failure"]:
            print(f"{job} failed:", *ran.log(job), sep="\n")  # for whoever reads of a test that failed
        return ran

    return run_named


@pytest.fixture
def run(repository: Path, run_file: Run) -> Run:
    """Run the text of a workflow; keyword arguments are ``RunOptions``."""

    def run_text(text: str, **options: object) -> Ran:
        (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
        return run_file("w.yml", **options)

    return run_text


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One tool cache for all runs, also those of other processes: what one has set up need not be set up again."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tools"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def shared_tools(tools: Path, tmp_path: Path) -> None:
    """The home of ``repository`` has that tool cache."""
    (tmp_path / "home/cache").mkdir(parents=True)
    (tmp_path / "home/cache/tools").symlink_to(tools)


@pytest.fixture
def uv_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The uv that `make setup` brings is on PATH, where this machine has no other."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{Path(__file__).parents[2] / '.tools/bin'}")


@pytest.fixture(scope="session")
def rust() -> None:
    """A compiler that starts: rustup without a default toolchain, as in a new home, has none."""
    for words in (["rustc", "--version"], ["cargo", "--version"]):
        if shutil.which(words[0]) is None:
            pytest.skip(f"needs {words[0]}")
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            told, *_ = done.stderr.splitlines() or [""]
            pytest.skip(f"needs a Rust toolchain that is the default here: {told}")


@pytest.fixture(scope="session")
def rustup(rust: None) -> None:  # noqa: ARG001 - it skips
    """``rustup`` with a default toolchain."""
    if shutil.which("rustup") is None:
        pytest.skip("needs rustup")
