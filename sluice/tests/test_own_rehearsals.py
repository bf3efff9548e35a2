"""This repository's own release and deployments, rehearsed for each event that could start them: the exact effects.

The jobs that reach out run alone, on a clone with the tag; what they need has tests of its own. Minutes, so that
``make rehearse-release`` asks for it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.app.runs.history import load_state
from sluice.store.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
WANTED = os.environ.get("SLUICE_REHEARSALS") == "1"
pytestmark = [
    pytest.mark.needs_git,
    pytest.mark.slow,
    pytest.mark.skipif(not WANTED, reason="it takes minutes: `make rehearse-release` runs it"),
]
JOBS = ("release", "deploy-staging", "deploy-production")
MEMBERS = ("loka_metrics", "loka_migration", "loka_model", "loka_stratum", "sluice_ci")
STAGING, PRODUCTION = "deployment staging", "deployment production"


def call(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a stable tag, and a pre-release tag on what came after."""
    place = tmp_path_factory.mktemp("rehearsals") / "clone"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(ROOT / ".tools/bin"), prepend=os.pathsep)
        call(ROOT, "git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(place))
        for name, value in (("user.name", "A"), ("user.email", "a@b.c")):
            call(place, "git", "config", name, value)
        call(place, "git", "remote", "remove", "origin")
        call(place, "git", "checkout", "--quiet", "-B", "develop")
        sluice = (sys.executable, "-m", "sluice", "release", "cut")
        call(place, *sluice, "--version", "9.0.0")
        call(place, "git", "commit", "--quiet", "--allow-empty", "-m", "feat: more")
        call(place, *sluice, "--version", "9.1.0", "--pre", "rc")
    return place


def effects(clone: Path, event: str, ref: str | None) -> list[str]:
    """Kind and target of each effect of the jobs, without what differs from machine to machine."""
    words = [sys.executable, "-m", "sluice", "run", "ci-cd.yml", "--event", event, "--alone", "--plain"]
    words += [word for job in JOBS for word in ("--job", job)]
    words += ["--approve", "production", *(["--ref", ref] if ref else [])]
    home = clone.parent / "home"
    environment = {**os.environ, "SLUICE_HOME": str(home)}
    done = subprocess.run(words, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    with SqliteStore(home / "state") as store:
        state = load_state(store, store.find_run("latest").run)
    assert all(one.rehearsed for one in state.effects())
    return sorted(_plain(one.kind, one.target) for one in state.effects())


def _plain(kind: str, target: str) -> str:
    short = re.sub(r" \(process.*\)$", "", target.removeprefix("local/clone "))
    return re.sub(r"-cp3.*[.]whl$", "-cp3.whl", f"{kind} {short}")


def release_of(tag: str, version: str) -> list[str]:
    """A release with every file that belongs to it. A wheel's version is written as PEP 440 has it."""
    wheels = [f"{name}-{version}-{'cp3' if name == 'loka_metrics' else 'py3-none-any'}.whl" for name in MEMBERS]
    sources = [f"{name}-{version}.tar.gz" for name in MEMBERS]
    semantic = tag.removeprefix("v")
    others = ["SHA256SUMS", "provenance.json", f"clone-{semantic}.cdx.json", f"clone-{semantic}-source.tar.gz"]
    return [f"release {tag}", *(f"asset {tag} {name}" for name in (*wheels, *sources, *others))]


CASES = {
    "stable tag": ("push", "refs/tags/v9.0.0", [PRODUCTION, *release_of("v9.0.0", "9.0.0")]),
    "pre-release tag": ("push", "refs/tags/v9.1.0-rc.1", release_of("v9.1.0-rc.1", "9.1.0rc1")),
    "develop": ("push", "refs/heads/develop", [STAGING]),
    "pull request": ("pull_request", None, []),
}


@pytest.mark.parametrize("case", CASES)
def test_exactly_these_effects(case: str, clone: Path) -> None:
    event, ref, wanted = CASES[case]
    commit = ref if ref and ref.startswith("refs/tags/") else "develop"
    call(clone, "git", "checkout", "--quiet", commit.removeprefix("refs/tags/"))
    assert effects(clone, event, ref) == sorted(wanted)
