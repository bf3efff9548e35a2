"""Every place of a workflow, with every context and function in it, read by Sluice and by GitHub's own parser.

Both must refuse or accept. Where the service is newer or stricter than the parser, the place is left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from npm_package import package_folder

from sluice.source.diagnostics import Severity
from sluice.workflow.parser import parse_workflow

pytestmark = [pytest.mark.needs_node, pytest.mark.slow]

PACKAGE = "@actions/workflow-parser@0.3.61"
EXPRESSIONS = (
    *("github.ref", "needs.before.result", "strategy.job-index", "matrix.a", "job.status", "runner.os", "env.A"),
    *("vars.A", "secrets.A", "steps.a.outcome", "inputs.a", "jobs.before.result", "nothing.x", "always()", "success()"),
    *("success('before')", "hashFiles('a')", "hashFiles()", "contains('a', 'b')", "nothing()", "fromJSON('[]')"),
)
HEAD = "on: push\njobs:\n  before: {runs-on: x, steps: [{run: x}]}\n"
TOP = (
    *(
        "name: E",
        "run-name: E",
        "env: {A: E}",
        "defaults: {run: {shell: E}}",
        "defaults: {run: {working-directory: E}}",
    ),
    *("concurrency: E", "concurrency: {group: E}", "concurrency: {group: x, cancel-in-progress: E}"),
    *("permissions: E", "permissions: {contents: E}"),
)
EVENTS = (
    *("push: {branches: [E]}", "schedule: [{cron: E}]", "workflow_dispatch: {inputs: {a: {default: E}}}"),
    *("workflow_dispatch: {inputs: {a: {description: E}}}", "workflow_dispatch: {inputs: {a: {required: E}}}"),
    *("workflow_dispatch: {inputs: {a: {type: choice, options: [E]}}}", "workflow_call: {outputs: {a: {value: E}}}"),
    *("workflow_call: {inputs: {a: {type: string, default: E}}}", "workflow_call: {inputs: {a: {type: E}}}"),
    "workflow_call: {outputs: {a: {description: E, value: x}}}",
)
JOB = (
    *("name: E", "if: E", "concurrency: E", "concurrency: {group: E, cancel-in-progress: E}", "environment: E"),
    *("environment: {name: E}", "environment: {name: x, url: E}", "env: {A: E}", "defaults: {run: {shell: E}}"),
    *("defaults: {run: {working-directory: E}}", "timeout-minutes: E", "continue-on-error: E", "outputs: {a: E}"),
    *("permissions: {contents: E}", "strategy: E", "strategy: {matrix: E}", "strategy: {matrix: {a: [E]}}"),
    *("strategy: {matrix: {include: [{a: E}]}}", "strategy: {fail-fast: E, matrix: {a: [1]}}"),
    *("strategy: {max-parallel: E, matrix: {a: [1]}}", "container: E", "container: {image: E, options: E}"),
    *("container: {image: x, credentials: {username: E, password: E}}", "container: {image: x, ports: [E]}"),
    *("services: {s: E}", "services: {s: {image: E, options: E, ports: [E]}}", "snapshot: E"),
    *("needs: [before, E]", "runs-on: E", "runs-on: [E, y]", "runs-on: {group: E, labels: E}"),
)
STEP = (
    *(
        "run: x, name: E",
        "run: x, id: E",
        "run: x, if: E",
        "run: E",
        "run: x, shell: E",
        "run: x, working-directory: E",
    ),
    *("run: x, env: {A: E}", "run: x, continue-on-error: E", "run: x, timeout-minutes: E", "uses: a/b@E"),
    *("uses: a/b@v1, with: {A: E}", "uses: a/b@v1, with: E"),
)
CALL = ("with: {a: E}", "secrets: {a: E}", "secrets: E", "name: E", "if: E")


def places() -> list[str]:
    """Workflows with the letter E where an expression goes."""
    job = "  job: {needs: before, runs-on: x, steps: [{run: x}], JOB}\n"
    called = "  job: {uses: a/b/.github/workflows/c.yml@v1, needs: before, JOB}\n"
    texts = [f"{line}\n{HEAD}" for line in TOP]
    texts += [HEAD.replace("on: push", f"on: {{{event}}}") for event in EVENTS]
    for line in JOB:
        key = line.partition(":")[0]
        own = job.replace(f"{key}: before, ", "").replace(f"{key}: x, ", "")
        texts.append(HEAD + own.replace("JOB", line))
    texts += [HEAD + job.replace("run: x", step).replace(", JOB", "") for step in STEP]
    texts += [HEAD + called.replace("JOB", line) for line in CALL]
    return [*texts, HEAD + called.replace("c.yml@v1", "E").replace(", JOB", "")]


def with_expression(place: str, expression: str) -> str:
    text = "${{ " + expression + " }}"
    before, *rest = place.split("E")
    value = text if before.endswith(("@", "/")) else f'"{text}"'
    return before + "".join(f"{value}{part}" for part in rest)


def test_every_place_takes_what_githubs_parser_takes_there() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not on this machine")
    texts = [with_expression(place, one) for place in places() for one in EXPRESSIONS]
    given = "".join(json.dumps({"name": "w.yml", "text": text}) + "\n" for text in texts)
    script = Path(__file__).with_name("reference_parser.mjs")
    words = [node, str(script), str(package_folder(npm, PACKAGE))]
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=True, timeout=600)
    theirs = [bool(json.loads(line)["errors"]) for line in done.stdout.split("\n") if line]
    mine = [any(one.severity is Severity.ERROR for one in parse_workflow(text, "w.yml")[1]) for text in texts]
    assert len(theirs) == len(texts)
    assert len(texts) / 5 < sum(theirs) < len(texts)
    assert [text for text, one, other in zip(texts, mine, theirs, strict=True) if one != other] == []
