"""What holds of every image before it is built: practices, locks, users, health."""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .files import DOCKERFILES, ROOT, pins

HADOLINT = Path(sys.executable).with_name("hadolint")
each = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))


def lint(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([HADOLINT, path], capture_output=True, text=True, timeout=60, check=False)


@each
def test_hadolint_has_nothing_to_say(path: Path) -> None:
    result = lint(path)
    assert (result.returncode, result.stdout) == (0, "")


def test_hadolint_does_say_something_of_a_bad_one(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian\nRUN apt-get install python3\n")
    result = lint(path)
    assert result.returncode == 1
    assert "DL3006" in result.stdout


@each
def test_it_ends_as_a_user_without_rights_and_says_how_it_is(path: Path) -> None:
    last = path.read_text().rpartition("FROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "org.opencontainers.image.licenses" in last
    assert "HEALTHCHECK" in path.read_text()


@each
def test_every_package_comes_from_a_lock_with_hashes(path: Path) -> None:
    installs = re.findall(r"/pip (?:--python \S+ )?install [^&\n]*(?:\\\n[^&\n]*)*", path.read_text())
    assert installs
    for command in installs:
        assert "--require-hashes" in command or "--no-index" in command, command


@pytest.mark.parametrize("member", ["stratum", "migration"])
def test_the_images_locks_say_what_the_workspaces_says(member: str) -> None:
    workspace, own = pins(ROOT / "requirements.lock"), pins(ROOT / member / "requirements.lock")
    assert own
    assert own == {name: workspace.get(name) for name in own}


def test_the_ignore_file_keeps_what_is_copied() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*", "what isn't named isn't sent"
    kept = {line[1:] for line in lines if line.startswith("!")}
    dropped = [line for line in lines[1:] if not line.startswith("!")]
    for path in DOCKERFILES:
        for source in re.findall(r"^COPY (?!--from)(\S+) ", path.read_text(), re.MULTILINE):
            assert source.partition("/")[0] in kept
            assert not any(fnmatch.fnmatch(source, pattern.removeprefix("**/")) for pattern in dropped), source
            assert (ROOT / source).exists()
