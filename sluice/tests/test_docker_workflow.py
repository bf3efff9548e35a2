"""``docker.yml`` does what rows B1 to B8 of the specification say; each check fails when its part is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".github/workflows/docker.yml"
Facts = dict[Any, Any]


def document() -> Facts:
    found: Facts = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def steps(found: Facts, job: str) -> Iterator[Facts]:
    yield from found["jobs"].get(job, {"steps": []})["steps"]


def uses(found: Facts, job: str, action: str) -> list[Facts]:
    return [step for step in steps(found, job) if step.get("uses", "").startswith(f"{action}@")]


def runs(found: Facts, job: str, words: str) -> bool:
    return any(words in step.get("run", "") for step in steps(found, job))


def triggers(found: Facts) -> bool:
    on = found[True]  # YAML 1.1 reads `on` so
    watched = {"**/Dockerfile*", "stratum/**", "build.lock"} <= set(on["push"]["paths"]) & set(
        on["pull_request"]["paths"]
    )
    return watched and on["schedule"] == [{"cron": "0 4 * * 1"}]


def variants(found: Facts) -> bool:
    listed = found["jobs"]["docker-variants"]["strategy"]["matrix"]["variant"]
    build = uses(found, "docker-variants", "docker/build-push-action")
    return (
        [one["name"] for one in listed] == ["release", "debug", "slim"]
        and all({"target", "file", "platforms", "suffix"} <= set(one) for one in listed)
        and all("type=gha" in one["with"]["cache-from"] for one in build)
        and "fromJSON(steps.meta.outputs.json)" in build[0]["with"]["build-args"]
        and runs(found, "docker-variants", "image-test/test.sh")
        and [one.get("if") for one in build if one["with"].get("push")] == ["github.event_name != 'pull_request'"]
    )


def scans(found: Facts) -> bool:
    snyk = uses(found, "security-scan", "snyk/actions/docker")
    sarif = uses(found, "security-scan", "github/codeql-action/upload-sarif")
    trivy = uses(found, "security-scan", "aquasecurity/trivy-action")
    conditional = [one["if"] for one in snyk] == ["env.SNYK_TOKEN != ''"]
    return conditional and len(sarif) == 2 and len(trivy) == 1 and runs(found, "image-analysis", "sluice audit python")


def analysis(found: Facts) -> bool:
    bill = uses(found, "image-analysis", "anchore/sbom-action")
    command = runs(found, "image-analysis", "sluice image analyze")
    return command and runs(found, "image-analysis", "--cyclonedx") and len(bill) == 1


def platforms(found: Facts) -> bool:
    included = found["jobs"]["multi-arch-test"]["strategy"]["matrix"]["include"]
    named = [one["platform"] for one in included] == ["linux/amd64", "linux/arm64"]
    emulated = bool(uses(found, "multi-arch-test", "docker/setup-qemu-action"))
    return named and emulated and runs(found, "multi-arch-test", "docker run --rm --platform")


def limits(found: Facts) -> bool:
    """How much may leak is soak's own to say: the script may not allow more."""
    script = (ROOT / "actions/image-test/soak.sh").read_text(encoding="utf-8")
    limited = "soak --image" in script and "--memory 512MB --cpus 1" in script and "--threshold" not in script
    return limited and runs(found, "resource-test", "image-test/soak.sh")


def lint(found: Facts) -> bool:
    files = set(found["jobs"]["dockerfile-lint"]["strategy"]["matrix"]["file"])
    every = {
        str(path.relative_to(ROOT))
        for folder in ("stratum", "migration")
        for path in (ROOT / folder).glob("Dockerfile*")
    }
    hadolint = uses(found, "dockerfile-lint", "hadolint/hadolint-action")
    judged = [one for one in hadolint if not one["with"].get("no-fail")]
    practice = runs(found, "dockerfile-lint", "USER HEALTHCHECK LABEL")
    sarif = uses(found, "dockerfile-lint", "github/codeql-action/upload-sarif")
    return files == every and len(judged) == 1 and practice and len(sarif) == 1


def clean_up(found: Facts) -> bool:
    job = found["jobs"]["registry-cleanup"]
    policy = uses(found, "registry-cleanup", "actions/delete-package-versions")[0]["with"]
    kept = policy["min-versions-to-keep"] == 10 and policy["delete-only-untagged-versions"] is True
    return kept and job["if"] == "github.event_name == 'schedule'"


ROWS: dict[str, tuple[Callable[[Facts], bool], Callable[[Facts], object]]] = {
    "B1": (triggers, lambda found: found[True]["schedule"].clear()),
    "B2": (variants, lambda found: found["jobs"]["docker-variants"]["strategy"]["matrix"]["variant"].pop()),
    "B3": (scans, lambda found: found["jobs"]["security-scan"]["steps"].pop()),
    "B4": (analysis, lambda found: found["jobs"]["image-analysis"]["steps"].pop(4)),
    "B5": (platforms, lambda found: found["jobs"]["multi-arch-test"]["strategy"]["matrix"]["include"].pop()),
    "B6": (limits, lambda found: found["jobs"].pop("resource-test")),
    "B7": (lint, lambda found: found["jobs"]["dockerfile-lint"]["steps"].pop()),
    "B8": (clean_up, lambda found: found["jobs"]["registry-cleanup"].update({"if": "true"})),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_specification_holds_and_its_check_can_fail(row: str) -> None:
    holds, take_away = ROWS[row]
    found = document()
    assert holds(found), row
    broken = deepcopy(found)
    take_away(broken)
    assert not holds(broken), f"{row}: the check does not see what is missing"
