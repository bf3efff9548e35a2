"""The specification's tables, walked: every trigger, job, need, matrix, service, command and target is there, and what
is taken away is missed.
"""

from __future__ import annotations

import copy
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github/workflows"
BRANCHES = ["master", "main", "develop"]
POSTGRES_15 = {"postgres": "postgres:15"}

Job = Mapping[str, Any]
SPECIFIED: dict[str, dict[str, Any]] = {
    "ci-cd.yml": {
        "on": {
            "push": {"branches": BRANCHES, "tags": ["v*"]},
            "pull_request": {"branches": BRANCHES},
            "schedule": [{"cron": "0 2 * * *"}],
            "workflow_dispatch": {"inputs": {"enable_benchmark": {"type": "boolean"}}},
        },
        "jobs": {
            "lint": {"does": ["make fmt-check", "ruff check", "make types", "lint-imports", "make outdated"]},
            "security": {"does": ["sluice audit python", "make audit-sources"]},
            "vulnerabilities": {"needs": ["security"], "if": "needs.security.outputs.advisories == 'read'"},
            "test": {
                "matrix": {"python": ["3.13", "3.11"]},
                "services": POSTGRES_15,
                "does": [
                    "make test-unit",
                    "make test-integration",
                    "make test-slow",
                    "make test-doc",
                    "loka-migration rehearse",
                    "actions/upload-artifact@",
                ],
            },
            "benchmark": {
                "if": [
                    "github.event_name == 'workflow_dispatch' && inputs.enable_benchmark",
                    "github.event_name != 'workflow_dispatch' && github.event_name != 'pull_request'",
                    "contains(github.event.pull_request.labels.*.name, 'benchmark')",
                ],
                "does": [
                    "run_benchmarks.sh critical",
                    "run_benchmarks.sh metrics",
                    "validate_performance.sh",
                    "actions/upload-artifact@",
                ],
            },
            "package": {"does": ["uv build", "sluice measure package/size"]},
            "docker-build": {
                "needs": ["lint", "security", "test"],
                "does": [
                    "sluice release images",
                    "docker/setup-qemu-action@",
                    "docker/setup-buildx-action@",
                    "docker/login-action@",
                    "docker/metadata-action@",
                    "docker/build-push-action@",
                    "actions/image-test/test.sh",
                ],
            },
            "performance-check": {
                "if": "github.event_name == 'pull_request'",
                "does": ["run_benchmarks.sh compare", "actions/upload-artifact@"],
            },
            "e2e-test": {
                "needs": ["lint", "test"],
                "services": POSTGRES_15,
                "does": ["make monitoring-tools", "make e2e"],
            },
            "gates": {"needs": ["test", "package", "benchmark"], "does": ["./actions/gate"]},
            "release": {
                "needs": ["docker-build", "vulnerabilities", "e2e-test", "gates"],
                "if": "startsWith(github.ref, 'refs/tags/v')",
                "does": ["sluice release check", "sluice release build", "softprops/action-gh-release@"],
            },
            "deploy-staging": {
                "needs": ["docker-build", "gates", "e2e-test"],
                "if": "github.ref == 'refs/heads/develop'",
                "services": POSTGRES_15,
                "does": ["sluice deploy staging"],
            },
            "deploy-production": {
                "needs": ["docker-build", "gates", "e2e-test"],
                "if": "startsWith(github.ref, 'refs/tags/v') && !contains(github.ref_name, '-')",
                "services": POSTGRES_15,
                "does": ["sluice deploy production"],
            },
            "notify": {
                "needs": ["lint", "security", "test", "benchmark", "performance-check", "e2e-test", "gates"],
                "if": "always()",
                "does": ["GITHUB_STEP_SUMMARY", "exit 1"],
            },
        },
    },
    "migrate.yml": {
        "on": {
            "push": {"branches": BRANCHES, "paths": ["migration/**", "model/**"]},
            "pull_request": {"branches": BRANCHES, "paths": ["migration/**", "model/**"]},
            "workflow_dispatch": None,
        },
        "jobs": {
            "migration-test": {
                "matrix": {"postgres": ["13", "14", "15", "16", "17", "18"]},
                "services": {"postgres": "postgres:${{ matrix.postgres }}"},
                "does": [
                    "loka-migration up",
                    "loka-migration status",
                    "loka-migration describe --output out/schema.txt",
                    "generate-models --check --output out/models.py",
                    "loka-migration down --all",
                    "loka-migration rehearse --schema out/schema-again.txt",
                    "diff out/schema.txt out/schema-again.txt",
                    "actions/upload-artifact@",
                ],
            },
            "schema-compatibility": {
                "services": POSTGRES_15,
                "does": ["loka-migration up", "generate-models --check", "loka-migration violate"],
            },
            "migration-performance": {
                "services": POSTGRES_15,
                "does": ["rehearse --large --limit 60", "loka-migration plans", "actions/upload-artifact@"],
            },
        },
    },
}
# fmt: off
TARGETS = [
    "quick-test", "docker-build", "docker-test", "ci", "perf-test", "release-check", "status", "logs", "migrate",
    "migrate-status", "test-integration", "bench-critical", "validate-performance", "clean-all", "help", "setup",
    "build", "build-release", "test", "fmt", "fmt-check", "lint", "audit", "outdated", "bench", "bench-metrics",
    "load-test", "generate-entities", "docker-run", "docker-push", "up", "down", "up-monitoring", "up-full",
    "down-full", "ci-performance", "pre-release", "health", "dev", "docs", "env-info", "e2e",
    "deploy-dev", "deploy-staging", "deploy-prod", "rollback",
]
# fmt: on
MADE_OF = {
    "quick-test": {"fmt", "lint", "quick"},
    "release-check": {"fmt-check", "lint", "audit", "test-integration", "bench-critical", "docker-test"},
    "perf-test": {"bench-critical", "validate-performance"},
    "validate-performance": {"bench-metrics"},
    "ci-performance": {"ci", "bench-critical", "validate-performance"},
}

DOES = {
    "quick-test": ["ruff format .", "ruff check .", "not slow"],
    "docker-build": [
        "--target release --tag loka-stratum:release",
        "--target debug --tag loka-stratum:debug",
        "loka-stratum:slim",
    ],
    "docker-test": ["pytest stratum/tests/images -rs"],  # what was not tried is told
    "ci": ["sluice run ci-cd.yml"],
    "perf-test": ["run_benchmarks.sh compare", "validate_performance.sh"],
    "release-check": [
        "sluice audit",
        "ruff format --check",
        "run_benchmarks.sh critical",
        "pytest stratum/tests/images",
    ],
    "status": ["sluice list", "loka-stratum status", "sluice deploy status"],
    "logs": ["sluice logs latest", "sluice deploy logs"],
    "rollback": ["sluice deploy rollback"],
    "migrate": ["loka-migration up"],
    "migrate-status": ["loka-migration status"],
    "migrate-down": ["loka-migration down"],
    "test-integration": ["not slow and needs_postgresql"],
    "bench-critical": ["run_benchmarks.sh critical"],
    "validate-performance": ["validate_performance.sh", "run_benchmarks.sh metrics"],
    "clean-all": ["sluice clean --caches", "rm -rf .venv"],
}
"""What a target's recipe, or that of what it is made of, runs."""


def read(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}  # YAML 1.1's word for it


def missed(workflow: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """What is specified and not there, in words."""
    yield from _missed_below("on", workflow["on"], wanted["on"])
    for name, job in wanted["jobs"].items():
        found = workflow["jobs"].get(name)
        if found is None:
            yield f"job {name}"
        else:
            yield from (f"{name}: {what}" for what in _missed_of(found, job))


def _missed_below(place: str, found: object, wanted: object) -> Iterator[str]:
    """``wanted`` is a part of ``found``."""
    match found, wanted:
        case dict(), dict():
            for key, value in wanted.items():
                if key not in found:
                    yield f"{place}.{key}"
                else:
                    yield from _missed_below(f"{place}.{key}", found[key], value)
        case list(), list():
            yield from (f"{place}: {each}" for each in wanted if each not in found)
        case _:
            if found != wanted:
                yield f"{place}: {wanted}"


def _missed_of(job: Job, wanted: Job) -> Iterator[str]:
    needs = job.get("needs", [])
    yield from (f"needs {each}" for each in wanted.get("needs", []) if each not in needs)
    conditions = wanted.get("if", [])
    for each in [conditions] if isinstance(conditions, str) else conditions:
        if each not in job.get("if", ""):
            yield f"if {each}"
    yield from _missed_below("matrix", job.get("strategy", {}).get("matrix", {}), wanted.get("matrix", {}))
    images = {name: service["image"] for name, service in job.get("services", {}).items()}
    yield from _missed_below("services", images, wanted.get("services", {}))
    yield from (f"does {each}" for each in wanted.get("does", []) if not any(_says(s, each) for s in job["steps"]))


def _says(step: Mapping[str, Any], text: str) -> bool:
    return text in step.get("run", "") or text in step.get("uses", "")


def taken_away(workflow: dict[str, Any], wanted: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each thing that is specified, with a workflow that lacks it."""
    for trigger, wishes in wanted["on"].items():
        yield _without(workflow, f"on {trigger}", lambda made, trigger=trigger: made["on"].pop(trigger))
        for kind, values in (wishes or {}).items() if isinstance(wishes, dict) else ():
            for value in values:
                yield _without_entry(workflow, ("on", trigger, kind), value)
    for name, job in wanted["jobs"].items():
        yield _without(workflow, f"job {name}", lambda made, name=name: made["jobs"].pop(name))
        yield from _taken_from_job(workflow, name, job)


def _taken_from_job(workflow: dict[str, Any], name: str, job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
    for key in ("needs", "if", "strategy", "services"):
        if {"strategy": "matrix"}.get(key, key) in job:
            yield _without(workflow, f"{name} {key}", lambda made, n=name, k=key: made["jobs"][n].pop(k))
    if isinstance(workflow["jobs"][name].get("needs"), list):
        for need in job.get("needs", []):
            yield _without_entry(workflow, ("jobs", name, "needs"), need)
    for axis, values in job.get("matrix", {}).items():
        for value in values:
            yield _without_entry(workflow, ("jobs", name, "strategy", "matrix", axis), value)
    for text in job.get("does", []):
        yield _without(workflow, f"{name} {text}", lambda made, n=name, t=text: _cut(made["jobs"][n]["steps"], t))


def _without_entry(workflow: dict[str, Any], path: tuple[str, ...], entry: str) -> tuple[str, dict[str, Any]]:
    """Without one entry of the list, or one key of the mapping, at this path."""

    def cut(made: Any) -> None:  # noqa: ANN401 (whatever stands in a workflow)
        for part in path:
            made = made[part]
        made.pop(entry) if isinstance(made, dict) else made.remove(entry)

    return _without(workflow, f"{' '.join(path)} {entry}", cut)


def _without(workflow: dict[str, Any], name: str, cut: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 (a lambda)
    made = copy.deepcopy(workflow)
    cut(made)
    return name, made


def _cut(steps: list[dict[str, Any]], text: str) -> None:
    steps[:] = [step for step in steps if not _says(step, text)]


@pytest.mark.parametrize("name", SPECIFIED)
def test_everything_specified_is_there(name: str) -> None:
    assert list(missed(read(name), SPECIFIED[name])) == []


@pytest.mark.parametrize("name", SPECIFIED)
def test_whatever_is_taken_away_is_missed(name: str) -> None:
    for what, workflow in taken_away(read(name), SPECIFIED[name]):
        assert list(missed(workflow, SPECIFIED[name])), what


def test_no_job_is_unspecified_and_notify_waits_for_all() -> None:
    jobs = read("ci-cd.yml")["jobs"]
    assert jobs.keys() == SPECIFIED["ci-cd.yml"]["jobs"].keys()
    assert set(jobs["notify"]["needs"]) == jobs.keys() - {"notify"}


@pytest.mark.parametrize(
    ("code", "ends", "advisories"), [(0, 0, "read"), (1, 1, "unknown"), (2, 0, "unknown"), (3, 1, "unknown")]
)
def test_what_could_not_be_looked_up_is_neither_read_nor_red(
    tmp_path: Path, code: int, ends: int, advisories: str
) -> None:
    (step,) = [step for step in read("ci-cd.yml")["jobs"]["security"]["steps"] if step.get("id") == "dependencies"]
    program = tmp_path / ".venv/bin/sluice"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    output = tmp_path / "output"
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    done = subprocess.run(
        command, cwd=tmp_path, env={"GITHUB_OUTPUT": str(output)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == ends
    assert output.read_text(encoding="utf-8") == f"advisories={advisories}\n"
    assert ("::warning" in done.stdout) == (code == 2)


def make(*words: str, makefile: Path = ROOT / "Makefile") -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", "--file", str(makefile), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_every_target_is_there_and_described() -> None:
    assert make(*TARGETS).returncode == 0
    described = set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(TARGETS) - described == set()


@pytest.mark.parametrize("target", ["logs", "perf-test"])
def test_a_target_that_is_taken_away_is_missed(target: str, tmp_path: Path) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (tmp_path / "Makefile").write_text(re.sub(rf"^{target}:", "other:", text, flags=re.MULTILINE), encoding="utf-8")
    done = make(*TARGETS, makefile=tmp_path / "Makefile")
    assert (done.returncode, f"No rule to make target '{target}'" in done.stderr) == (2, True)


@pytest.mark.parametrize("target", DOES)
def test_a_target_does_its_work_and_is_missed_when_it_does_not(target: str, tmp_path: Path) -> None:
    assert all(command in make(target).stdout for command in DOES[target])
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in DOES[target]:
        (tmp_path / "Makefile").write_text(_without_recipe(text, target, MADE_OF.get(target, ())), encoding="utf-8")
        assert command not in make(target, makefile=tmp_path / "Makefile").stdout


def _without_recipe(text: str, target: str, made_of: Iterable[str]) -> str:
    """The Makefile whose target, and what it is made of, does nothing."""
    for name in (target, *made_of):
        text = re.sub(rf"^({name}:.*\n)(\t.*\n)*", r"\1\t@true\n", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize("target", MADE_OF)
def test_a_target_is_made_of_what_it_should_be(target: str) -> None:
    line = re.search(rf"^{target}:(.*?)##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    assert set(line[1].split()) >= MADE_OF[target]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["status", "logs"])
def test_where_nothing_ran_the_rest_is_told_all_the_same(target: str, tmp_path: Path) -> None:
    environment = os.environ | {"SLUICE_HOME": str(tmp_path)}
    command = ["make", "--old-file", ".venv/.ready", target]  # the environment that runs the tests is left as it is
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "no runs yet" in done.stdout + done.stderr) == (0, True), done.stderr
