"""This repository's own pipeline, rehearsed for each event that could start it: exactly what each would do outside.

``make test`` rehearses it with everything that only checks left out: the jobs that reach out run as they are, in the
order and under the conditions of the workflow, but the image is an empty one, one module is compiled, for no speed, and
there is no history. ``make rehearse-release`` leaves nothing out (``SLUICE_REHEARSALS=1``): it takes an hour. There the
advisories are a made-up one, as no service may answer, and the images are for one platform, or for those that
``SLUICE_PLATFORMS`` names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from containers import running_engine
from planting import copy_tree, plant

from sluice.app.runs.history import load_state
from sluice.events.state import RunState
from sluice.store.runs.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
WHOLE = os.environ.get("SLUICE_REHEARSALS") == "1"
PLATFORMS = os.environ.get("SLUICE_PLATFORMS", "linux/amd64")
pytestmark = [pytest.mark.needs_git, pytest.mark.needs_docker, pytest.mark.slow]
MEMBERS = ("loka_metrics", "loka_migration", "loka_model", "loka_stratum", "sluice_ci")
NATIVE = {"loka_metrics", "loka_stratum"}
ON_DOCKER_HUB = "octo/stratum"
README = f"readme {ON_DOCKER_HUB}"
STAGING, PRODUCTION = "deployment staging", "deployment production"
ONLY_CHECK = ("lint", "test", "benchmark", "package", "performance-check", "e2e-test", "gates")
CHECKS_AN_IMAGE = ("Build", "Miners through it")
COMPILED = "loka_stratum/proxy/house/stamps.py"
ADVISORY = {
    "id": "REHEARSAL-1",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "no-package-of-ours"}, "versions": ["1.0"]}],
}
HERE = f"""\
name: Set up the workspace
runs:
  using: composite
  steps:
    - shell: bash
      run: ln -s "{ROOT}/.venv" "{ROOT}/.tools" . && printf '%s\\n' .venv .tools >> .git/info/exclude
"""


def call(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def leave_out_what_only_checks(place: Path) -> None:
    """Jobs keep what they need and when they run."""
    path = place / ".github/workflows/ci-cd.yml"
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflow["on"] = workflow.pop(True)  # what YAML 1.1 makes of `on`
    jobs = workflow["jobs"]
    for name in ONLY_CHECK:
        jobs[name]["steps"] = [{"run": "true"}]
        for key in ("services", "strategy", "env"):
            jobs[name].pop(key, None)
    jobs["security"]["steps"] = [{"id": "dependencies", "run": 'echo advisories=read >> "$GITHUB_OUTPUT"'}]
    steps = jobs["docker-build"]["steps"]
    jobs["docker-build"]["steps"] = [one for one in steps if not str(one.get("name", "")).startswith(CHECKS_AN_IMAGE)]
    path.write_text(yaml.safe_dump(workflow, sort_keys=False), encoding="utf-8")
    (place / "stratum/Dockerfile").write_text("FROM scratch AS release\nCOPY build.lock /\n", encoding="utf-8")
    (place / "actions/setup/action.yml").write_text(HERE, encoding="utf-8")
    compile_one_module(place / "stratum/pyproject.toml")
    plant(place, "stratum/hatch_build.py", 'opt_level="2"', 'opt_level="0"')
    plant(place, "metrics/pyproject.toml", '"-O3"', '"-O0"')


def compile_one_module(project: Path) -> None:
    """What is built stays a wheel for one kind of machine."""
    text = project.read_text(encoding="utf-8")
    before, rest = text.split("\nmodules = [", 1)
    assert f'"{COMPILED}"' in rest
    project.write_text(f'{before}\nmodules = ["{COMPILED}"]{rest.split("]", 1)[1]}', encoding="utf-8")


def use_a_made_up_advisory(place: Path) -> None:
    """Where no service answers, a release would wait for one that does."""
    (place / "advisories").mkdir()
    (place / "advisories/one.json").write_text(json.dumps(ADVISORY), encoding="utf-8")
    settings = (place / "sluice.toml").read_text(encoding="utf-8")
    (place / "sluice.toml").write_text(
        settings.replace("[audit]\n", '[audit]\nadvisories = "advisories"\n'), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a stable tag, and a pre-release tag on what came after."""
    running_engine(*(("python:3.13-slim-bookworm",) if WHOLE else ()))
    place = tmp_path_factory.mktemp("rehearsals") / "clone"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(ROOT / ".tools/bin"), prepend=os.pathsep)
        if WHOLE:
            call(ROOT, "git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(place))
            call(place, "git", "remote", "remove", "origin")
        else:
            place.mkdir()
            copy_tree(place)
        for name, value in (("user.name", "A"), ("user.email", "a@b.c")):
            call(place, "git", "config", name, value)
        for branch in ("main", "develop"):  # the first is the default branch
            call(place, "git", "checkout", "--quiet", "-B", branch)
        (use_a_made_up_advisory if WHOLE else leave_out_what_only_checks)(place)
        call(place, "git", "add", "--all")
        call(place, "git", "commit", "--quiet", "-m", "chore: what a rehearsal needs")
        sluice = (sys.executable, "-m", "sluice", "release", "cut")
        call(place, *sluice, "--version", "9.0.0")
        call(place, "git", "commit", "--quiet", "--allow-empty", "-m", "feat: more")
        call(place, *sluice, "--version", "9.1.0", "--pre", "rc")
    return place


def rehearse(clone: Path, event: str, ref: str | None) -> RunState:
    """The run, which passed and changed nothing outside."""
    words = [sys.executable, "-m", "sluice", "run", "ci-cd.yml", "--event", event, "--plain", "--strict"]
    words += ["--approve", "production", "--var", f"PLATFORMS={PLATFORMS}", *(["--ref", ref] if ref else [])]
    words += ["--var", f"DOCKERHUB_REPOSITORY={ON_DOCKER_HUB}"]
    words += ["--secret", "DOCKERHUB_USERNAME=pushing-robot", "--secret", "DOCKERHUB_TOKEN=made-up-token"]
    home = clone.parent / "home"
    environment = {**os.environ, "SLUICE_HOME": str(home)}
    done = subprocess.run(words, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == 0, done.stdout + done.stderr
    with SqliteStore(home / "state") as store:
        state = load_state(store, store.find_run("latest").run)
    assert all(one.rehearsed for one in state.effects())
    return state


def effects(clone: Path, state: RunState) -> list[str]:
    """Kind and target of each effect, without what differs from machine to machine."""
    head = call(clone, "git", "rev-parse", "--short=7", "HEAD").strip()
    return sorted(_plain(one.kind, one.target).replace(head, "COMMIT") for one in state.effects())


def _plain(kind: str, target: str) -> str:
    short = re.sub(r" \(process.*\)$", "", target.removeprefix("local/clone "))
    return re.sub(r"-cp3.*[.]whl$", "-cp3.whl", f"{kind} {short}")


def release_of(tag: str, version: str) -> list[str]:
    """A release with every file that belongs to it. A wheel's version is written as PEP 440 has it."""
    wheels = [f"{name}-{version}-{'cp3' if name in NATIVE else 'py3-none-any'}.whl" for name in MEMBERS]
    sources = [f"{name}-{version}.tar.gz" for name in MEMBERS]
    semantic = tag.removeprefix("v")
    others = ["SHA256SUMS", "provenance.json", f"clone-{semantic}.cdx.json", f"clone-{semantic}-source.tar.gz"]
    return [f"release {tag}", *(f"asset {tag} {name}" for name in (*wheels, *sources, *others))]


def images(*tags: str) -> list[str]:
    """A login to each registry, then a push of each tag there."""
    logins = ["registry-login ghcr.io", "registry-login docker.io"]
    names = ("ghcr.io/local/clone", f"docker.io/{ON_DOCKER_HUB}")
    return [*logins, *(f"image-push {name}:{tag}" for name in names for tag in (*tags, "sha-COMMIT"))]


STABLE = images("v9.0.0", "9.0.0", "9.0", "9", "latest")
CASES = {
    "stable tag": ("push", "refs/tags/v9.0.0", [PRODUCTION, README, *STABLE, *release_of("v9.0.0", "9.0.0")]),
    "pre-release tag": (
        "push",
        "refs/tags/v9.1.0-rc.1",
        [*images("v9.1.0-rc.1", "9.1.0-rc.1"), *release_of("v9.1.0-rc.1", "9.1.0rc1")],
    ),
    "develop": ("push", "refs/heads/develop", [STAGING, *images("develop")]),
    "pull request": ("pull_request", None, ["comment #1"] if WHOLE else []),
}
CHECKED_OUT = {"stable tag": "v9.0.0", "pre-release tag": "v9.1.0-rc.1"}


@pytest.mark.parametrize("case", CASES)
def test_exactly_these_effects(case: str, clone: Path) -> None:
    event, ref, wanted = CASES[case]
    call(clone, "git", "checkout", "--quiet", CHECKED_OUT.get(case, "develop"))
    state = rehearse(clone, event, ref)
    assert effects(clone, state) == sorted(wanted), f"{case}: {effects(clone, state)}"


@pytest.mark.skipif(WHOLE, reason="the short form shows it")
def test_a_push_that_a_pull_request_would_make_is_seen(clone: Path) -> None:
    call(clone, "git", "checkout", "--quiet", "develop")
    path = clone / ".github/workflows/ci-cd.yml"
    kept = path.read_text(encoding="utf-8")
    condition = "      if: github.event_name != 'pull_request'\n"
    assert kept.count(condition) == 2, "the login to GHCR and the push"
    path.write_text(kept.replace(condition, ""), encoding="utf-8")
    told = effects(clone, rehearse(clone, "pull_request", None))
    path.write_text(kept, encoding="utf-8")
    assert [one for one in told if one.startswith("image-push ghcr.io")]
