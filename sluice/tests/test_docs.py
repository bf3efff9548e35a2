"""The documentation says what is: pages made from the code are up to date, and every command in it runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from commanding import sluice
from containers import DEBIAN, running_engine
from image_archives import docker_archive

from sluice.app.settings import load_settings
from sluice.cli.reference import PAGES

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).parent / "cases/guide"
GUIDE = sorted((ROOT / "docs/guide").glob("*.md"))
IMAGE = {"User": "10001", "Healthcheck": {"Test": ["CMD", "app", "health"]}}
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```yaml\n# (\.github/workflows/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FAILS = {"sluice run ci.yml": 1, "sluice rerun --failed": 1, "sluice logs latest test": 0}
"""Exit codes while the tree is broken, where they aren't 0."""
FINDS = {
    "sluice audit": 1,
    "sluice audit --skip history --offline": 1,
    "sluice audit --to out/audit": 1,
    "sluice maintain weekly": 2,
    "sluice maintain monthly --skip security": 2,
    "sluice maintain quarterly --markdown": 1,
}
"""Exit codes of what finds something in the sample (a password in a workflow, an action that isn't pinned, a workflow
without permissions) or can't look at it.
"""
COMMITTED = {"deploying": "--all", "gates": "Makefile"}
"""What must be in a commit for a page: what is deployed, what is measured on both sides."""


def commands(page: Path) -> list[str]:
    """Every command of Sluice in a page, without its comment."""
    lines = "\n".join(BLOCK.findall(page.read_text(encoding="utf-8"))).splitlines()
    return [shlex.join(shlex.split(line, comments=True)) for line in lines if line.startswith("sluice ")]


@pytest.fixture
def sample(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SAMPLE, repository, dirs_exist_ok=True)
    for name, size in (("app", 3_000), ("old", 1_000)):
        docker_archive(repository / f"{name}.tar", [{"app": bytes(size)}], IMAGE)
    secrets = repository / ".secrets"
    secrets.write_text("TOKEN=abc\n", encoding="utf-8")
    secrets.chmod(0o600)
    monkeypatch.delenv("SLUICE_PUBLISH", raising=False)  # the guide is for people: in a job they could only rehearse
    monkeypatch.setenv("TOKEN", "abc")
    monkeypatch.setenv("SHELL", "/bin/sh")
    return repository


PACKAGE = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "sample"
version = "0.1.0"

[tool.hatch.build.targets.wheel]
only-include = ["tools"]
"""


def prepare_a_release(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package, committed by somebody, and uv to build it."""
    (sample / "pyproject.toml").write_text(PACKAGE, encoding="utf-8")
    monkeypatch.setenv("PATH", str(ROOT / ".tools/bin"), prepend=os.pathsep)
    for words in (
        ["config", "user.name", "A"],
        ["config", "user.email", "a@b.c"],
        ["add", "-A"],
        ["commit", "-qm", "feat: it"],
    ):
        subprocess.run(["git", *words], cwd=sample, check=True)


def run(line: str) -> subprocess.CompletedProcess[str]:
    """In this process: to start a hundred others takes half of the time."""
    words = shlex.split(line)[1:]
    return serve([sys.executable, "-m", "sluice", *words]) if words[0] == "serve" else sluice(*words)


def serve(words: list[str]) -> subprocess.CompletedProcess[str]:
    """What serves until it is stopped is stopped as soon as it answers."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        address = process.stdout.readline()
        if "http://" in address:
            with urlopen(address.split(" at ")[1].strip(), timeout=30) as answer:  # noqa: S310 - the address is ours
                assert answer.status == 200
            process.terminate()
        out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(words, process.returncode, address + out, err)


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_every_command_of_the_guide_runs(page: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = page.stem == "debugging"
    if page.stem == "releasing":
        prepare_a_release(sample, monkeypatch)
    if page.stem == "containers":
        running_engine(DEBIAN)
    if broken:
        (sample / "broken").touch()
    for name, text in FILE.findall(page.read_text(encoding="utf-8")):
        (sample / name).write_text(text, encoding="utf-8")
    if page.stem in COMMITTED:
        for words in (
            ["add", COMMITTED[page.stem]],
            ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "x"],
        ):
            subprocess.run(["git", *words], check=True)
    for line in commands(page):
        done = run(line)
        expected = FAILS.get(line, 0) if broken else FINDS.get(line, 0)
        assert done.returncode == expected, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_every_command_of_the_readme_runs(sample: Path) -> None:
    for line in commands(ROOT / "README.md"):
        looks_back = "latest" in line or "--failed" in line
        if looks_back:
            (sample / "broken").touch()
            run("sluice run ci.yml --quiet")
        done = run(line)
        assert done.returncode == (1 if "--failed" in line else 0), f"{line}\n{done.stdout}\n{done.stderr}"
        if looks_back:
            (sample / "broken").unlink()


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_a_workflow_that_a_page_shows_is_shown_before_it_is_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    sample = {path.name for path in (SAMPLE / ".github/workflows").iterdir()}
    shown = {Path(found[1]).name: found.start() for found in FILE.finditer(text)}
    for block in BLOCK.finditer(text):
        for name in re.findall(r"^sluice run .*?(\S+\.yml)", block[1], re.MULTILINE):
            assert name in sample or shown.get(name, block.start()) < block.start(), name


def test_the_guide_has_commands() -> None:
    assert sum(len(commands(page)) for page in GUIDE) > 25


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_settings_of_the_guide_are_settings(page: Path, tmp_path: Path) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        (tmp_path / "sluice.toml").write_text(block, encoding="utf-8")
        load_settings(tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]), ids=lambda page: page.stem
)
def test_a_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
