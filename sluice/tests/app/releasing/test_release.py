"""``sluice release`` on a small repository: plan, cut, check, build."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from published_schemas import cyclonedx_mistakes, provenance_mistakes

from sluice.app.releasing import building
from sluice.cli.release_command import command
from sluice.source.errors import UnavailableError, UsageError
from sluice.store.files.cache_archives import TRUSTED

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
PROJECT = """[build-system]
requires = ["BACKEND"]
build-backend = "MODULE"
[project]
name = "NAME"
dynamic = ["version"]
requires-python = ">=3.11"
"""
HATCH = '[tool.hatch.version]\npath = "src/one/__init__.py"\n[tool.hatch.build.targets.wheel]\npackages = ["src/one"]\n'
SETUPTOOLS = """[tool.setuptools.dynamic]
version = { attr = "two.__version__" }
[tool.setuptools.packages.find]
where = ["src"]
"""
ROOT = """[tool.uv]
package = false
[tool.uv.workspace]
members = ["one", "two"]
[project]
name = "w"
version = "0"
requires-python = ">=3.11"
"""
Commit = Callable[[str], None]


def project(name: str, backend: str, module: str, rest: str) -> str:
    return PROJECT.replace("NAME", name).replace("BACKEND", backend).replace("MODULE", module) + rest


@pytest.fixture
def commit(repository: Path) -> Commit:
    """Commit all that is there with a message."""

    def perform(message: str) -> None:
        subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
        subprocess.run(["git", "commit", "--quiet", "--allow-empty", "-m", message], cwd=repository, check=True)

    for name, value in (("user.name", "A"), ("user.email", "a@b.c"), ("remote.origin.url", "git@github.com:o/r.git")):
        subprocess.run(["git", "config", name, value], cwd=repository, check=True)
    return perform


@pytest.fixture
def workspace(repository: Path, commit: Commit) -> Path:
    for name, text in (
        ("one", project("one", "hatchling", "hatchling.build", HATCH)),
        ("two", project("two", "setuptools", "setuptools.build_meta", SETUPTOOLS)),
    ):
        (repository / name / "src" / name).mkdir(parents=True)
        (repository / name / "pyproject.toml").write_text(text, encoding="utf-8")
        (repository / name / "src" / name / "__init__.py").write_text('__version__ = "1.0.0"\n', encoding="utf-8")
    (repository / "pyproject.toml").write_text(ROOT, encoding="utf-8")
    (repository / "requirements.lock").write_text(f"anyio==4.6.0 \\\n    --hash=sha256:{'a' * 64}\n", encoding="utf-8")
    commit("feat: the beginning")
    subprocess.run(["git", "tag", "v1.0.0"], cwd=repository, check=True)
    return repository


def release(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, list(words), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value or 0), done.output


def test_from_plan_to_a_tag_that_agrees(workspace: Path, commit: Commit) -> None:
    with pytest.raises(UsageError, match=r"Nothing came since v1\.0\.0"):
        release("plan")
    commit("fix(proxy): a share is counted once (#7)")
    commit("Area: something else")
    assert release("plan")[1].startswith("v1.0.0 -> v1.0.1   2 commits\n")
    code, text = release("check", "v1.0.1")
    assert code == 1
    assert "one: version 1.0.0, the tag says 1.0.1" in text
    assert "changelog: there is none" in text
    assert "v1.0.1-rc.1 is tagged" in release("cut", "--pre", "rc")[1]
    assert release("check", "v1.0.1-rc.1")[0] == 0
    assert (workspace / "two/src/two/__init__.py").read_text(encoding="utf-8") == '__version__ = "1.0.1rc1"\n'
    commit("feat!: another key")
    assert release("plan", "--pre", "rc")[1].startswith("v1.0.0 -> v2.0.0-rc.1 ")
    assert "v2.0.0 is tagged" in release("cut")[1]
    assert release("check", "v2.0.0") == (0, "v2.0.0: tree, changelog, tags and packages agree\n")
    changelog = (workspace / "CHANGELOG.md").read_text(encoding="utf-8")
    section = changelog[: changelog.index("## 1.0.1-rc.1")]
    assert "**proxy**: a share is counted once ([#7](https://github.com/o/r/issues/7))" in section
    assert "[v1.0.0...v2.0.0](https://github.com/o/r/compare/v1.0.0...v2.0.0)" in section
    message = subprocess.run(
        ["git", "tag", "-n99", "v2.0.0"], cwd=workspace, capture_output=True, check=True, text=True
    )
    assert "another key" in message.stdout


@pytest.mark.parametrize(("version", "planned"), [("1.0.0", "v1.0.0"), ("0.0.0", "v0.1.0")])
def test_the_first_release_is_the_packages_version_unless_that_is_a_placeholder(
    workspace: Path, commit: Commit, version: str, planned: str
) -> None:
    for name in ("one", "two"):
        (workspace / name / "src" / name / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    commit("feat: as it is")
    subprocess.run(["git", "tag", "--delete", "v1.0.0"], cwd=workspace, check=True, capture_output=True)
    assert release("plan")[1].startswith(f"the first release -> {planned} ")


def test_tags_of_images_go_by_what_was_released(workspace: Path) -> None:
    subprocess.run(["git", "tag", "v2.0.0"], cwd=workspace, check=True)
    assert release("images", "v2.0.0") == (0, "2.0.0\n2.0\n2\nlatest\n")
    assert release("images", "v1.0.0") == (0, "1.0.0\n1.0\n1\n")
    assert release("images", "v2.1.0-rc.1") == (0, "2.1.0-rc.1\n")
    with pytest.raises(UsageError, match="'nightly' is no version"):
        release("images", "nightly")


def test_a_tool_that_takes_too_long_is_an_error(
    workspace: Path, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit("fix: something")
    slow = workspace.parent / "git-cliff"
    slow.write_text("#!/bin/sh\nsleep 30\n", encoding="utf-8")
    slow.chmod(0o700)
    monkeypatch.setattr("sluice.app.releasing.looking._cliff", lambda: str(slow))
    monkeypatch.setattr("sluice.app.releasing.programs.SECONDS", 0.2)
    with pytest.raises(UnavailableError, match=r"git-cliff took over 0\.2 s"):
        release("plan")


def test_a_source_is_unpacked_by_pythons_without_filters_of_archives() -> None:
    """3.11.2, which Debian 12 has, knows no ``filter``; where there are filters, one is named."""
    assert "filter=" not in Path(building.__file__).read_text(encoding="utf-8")
    assert set(TRUSTED) == ({"filter"} if hasattr(tarfile, "fully_trusted_filter") else set())


def test_an_empty_version_is_no_wish_to_have_the_planned_one(workspace: Path) -> None:
    assert workspace.is_dir()
    for what in ("plan", "cut"):
        with pytest.raises(UsageError, match="'' is no version"):
            release(what, "--version", "")


def test_nothing_is_cut_of_a_tree_with_changes_or_of_a_version_that_is_no_later_one(
    workspace: Path, commit: Commit
) -> None:
    with pytest.raises(UsageError, match=r"1\.0\.0 does not come after 1\.0\.0"):
        release("cut", "--version", "1.0.0")
    commit("fix: something")
    (workspace / "new.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"The tree has changes: new\.txt"):
        release("cut", "--version", "1.1.0")


@pytest.mark.skipif(shutil.which("uv") is None and not Path(".tools/bin/uv").is_file(), reason="uv is not installed")
def test_two_builds_are_the_same_bytes(workspace: Path, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = Path(__file__).parents[4] / ".tools/bin"
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    commit("fix: something")
    release("cut")
    release("build", "v1.0.1", "--out", "a")
    (workspace / "one/src/one/left.py").write_text("left = 1\n", encoding="utf-8")
    release("build", "v1.0.1", "--out", "b")
    built = {path.name: path.read_bytes() for path in (workspace / "a").iterdir()}
    assert built == {path.name: path.read_bytes() for path in (workspace / "b").iterdir()}
    packages = {f"{name}-1.0.1{end}" for name in ("one", "two") for end in (".tar.gz", "-py3-none-any.whl")}
    assert set(built) == packages | {"r-1.0.1-source.tar.gz", "r-1.0.1.cdx.json", "SHA256SUMS", "provenance.json"}
    lines = [line.split("  ") for line in built["SHA256SUMS"].decode().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in built.items() if name != "SHA256SUMS"}
    subjects = {one["name"]: one["digest"]["sha256"] for one in json.loads(built["provenance.json"])["subject"]}
    assert subjects == {name: digest for name, digest in sums.items() if name != "provenance.json"}
    (part,) = json.loads(built["r-1.0.1.cdx.json"])["components"]
    assert (part["purl"], part["hashes"]) == ("pkg:pypi/anyio@4.6.0", [{"alg": "SHA-256", "content": "a" * 64}])
    assert not cyclonedx_mistakes(built["r-1.0.1.cdx.json"].decode())
    assert not provenance_mistakes(built["provenance.json"].decode())
    with zipfile.ZipFile(workspace / "a/one-1.0.1-py3-none-any.whl") as wheel:
        assert "one/left.py" not in wheel.namelist()
    with tarfile.open(workspace / "a/r-1.0.1-source.tar.gz") as source:
        assert "r-1.0.1-source/one/src/one/__init__.py" in source.getnames()


VCS = """[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[project]
name = "one"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
[tool.hatch.build.targets.wheel]
only-include = ["one.py"]
"""


@pytest.mark.skipif(shutil.which("uv") is None and not Path(".tools/bin/uv").is_file(), reason="uv is not installed")
def test_what_takes_its_version_from_git_is_built_of_an_archive_all_the_same(
    repository: Path, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(__file__).parents[4] / ".tools/bin"), prepend=":")
    for name, text in (("pyproject.toml", VCS), ("one.py", ""), (".gitignore", "dist/")):
        (repository / name).write_text(text, encoding="utf-8")
    commit("feat: one")
    release("cut", "--version", "1.0.0", "--pre", "rc")
    for _ in range(2):
        release("build", "v1.0.0-rc.1")
    assert {path.name for path in (repository / "dist").iterdir()} >= {"one-1.0.0rc1.tar.gz", "SHA256SUMS"}
