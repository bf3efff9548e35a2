"""The work that is measured. Each case is a repository with one workflow, and a bash script that does the same.

Every step leaves a line in a witness file, so that a contender that skipped work is found out. The placeholders
``@WITNESS@``, ``@FOLDER@`` and ``@LINES@`` are filled in by the contender's run.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STEP = 'echo step >> "$WITNESS"'
SHORT, LONG = 0.2, 2.0
"""Seconds of the diamond's jobs."""

LINE_BYTES = 128


@dataclass(frozen=True, kw_only=True)
class Case:
    """``script`` is bash for the same work; ``scripts`` further files of it, run with ``bash -e``.

    ``steps`` is how many witness lines one run must leave; ``log_bytes`` what its main step prints, per MiB of
    ``megabytes`` asked for.
    """

    name: str
    title: str
    workflow: str
    script: str
    steps: int
    files: Mapping[str, str] = field(default_factory=dict)
    prints_log: bool = False


def all_cases() -> tuple[Case, ...]:
    """Every case, cheap ones first."""
    return (one_step(), hundred_steps(), node_action(), matrix(), diamond(), log_lines())


def one_step() -> Case:
    """What a run costs before anything happens."""
    return Case(
        name="one-step",
        title="cold run of one step",
        workflow=_workflow(f"  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {STEP}\n"),
        script=_bash(STEP),
        steps=1,
    )


def hundred_steps() -> Case:
    """What a step costs."""
    steps = "".join(f"      - run: {STEP}\n" for _ in range(100))
    return Case(
        name="hundred-steps",
        title="100 steps in one job",
        workflow=_workflow(f"  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"),
        script="\n".join(_bash(STEP) for _ in range(100)),
        steps=100,
    )


def matrix() -> Case:
    """What a job costs; the shell runs as many at once as there are processors."""
    rows = ", ".join(map(str, range(16)))
    return Case(
        name="matrix-256",
        title="matrix of 256 legs",
        workflow=_workflow(
            "  a:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n"
            f"        x: [{rows}]\n        y: [{rows}]\n    steps:\n      - run: {STEP}\n"
        ),
        script=f"seq 256 | xargs -P \"$(nproc)\" -I{{}} bash -e -c '{STEP}'",
        steps=256,
    )


def diamond() -> Case:
    """Jobs of unequal length: with a barrier after each stage it takes two long ones, without it one and a bit."""
    jobs = {"a": ((), 0.0), "b": (("a",), SHORT), "c": (("a",), LONG), "d": (("b",), LONG), "e": (("c",), SHORT)}
    jobs["f"] = (("d", "e"), 0.0)
    text = "".join(
        f"  {name}:\n    runs-on: ubuntu-latest\n    needs: [{', '.join(needs)}]\n    steps:\n"
        f"      - run: sleep {seconds} && {STEP}\n"
        for name, (needs, seconds) in jobs.items()
    )
    left, right = (f"sleep {a} && {STEP} && sleep {b} && {STEP}" for a, b in ((SHORT, LONG), (LONG, SHORT)))
    return Case(
        name="diamond",
        title=f"unbalanced diamond of six jobs (ideal {SHORT + LONG:.1f} s, with stages {2 * LONG:.1f} s)",
        workflow=_workflow(text),
        script=f"{STEP}\n({left}) & ({right}) & wait\n{STEP}",
        steps=6,
    )


def node_action() -> Case:
    """A JavaScript action with a main and a post step, after a checkout."""
    return Case(
        name="node-action",
        title="Node action with post, after a checkout",
        workflow=_workflow(
            "  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
            "      - uses: ./.github/actions/twice\n        with:\n          who: bench\n"
        ),
        script="node @FOLDER@/.github/actions/twice/main.js\nnode @FOLDER@/.github/actions/twice/post.js",
        steps=2,
        files={
            ".github/actions/twice/action.yml": (
                "name: twice\ninputs:\n  who:\n    default: nobody\n"
                "runs:\n  using: node20\n  main: main.js\n  post: post.js\n"
            ),
            ".github/actions/twice/main.js": _NODE.replace("@WHEN@", "main"),
            ".github/actions/twice/post.js": _NODE.replace("@WHEN@", "post"),
        },
    )


def log_lines() -> Case:
    """Log lines without end, with twenty secrets, one of which stands in every hundredth line."""
    masks = "".join(f"          echo '::add-mask::{secret}'\n" for secret in secrets())
    return Case(
        name="log",
        title="log lines with 20 secrets",
        workflow=_workflow(
            f"  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{masks}"
            f"      - run: for n in $(seq @MEBIBYTES@); do cat @LINES@; done && {STEP}\n"
        ),
        script=f"for n in $(seq @MEBIBYTES@); do cat @LINES@; done && {STEP}",
        steps=1,
        prints_log=True,
    )


def secrets() -> tuple[str, ...]:
    """Twenty made-up secrets, the same ones every time."""
    chosen = random.Random(20)  # noqa: S311 - nothing is protected by these
    alphabet = string.ascii_letters + string.digits + "+/-_"
    return tuple("".join(chosen.choices(alphabet, k=40)) for _ in range(20))


def write_log_lines(path: Path) -> None:
    """One MiB of lines as build tools print them."""
    hidden = secrets()
    lines = []
    for number in range(1024 * 1024 // LINE_BYTES):
        what = f"key {hidden[number // 100 % 20]}" if number % 100 == 0 else "12.5 ms, 3 warnings, 0 errors"
        line = f"2026-01-01 12:00:00.{number % 1000:03} INFO compiled module foo.bar::baz{number % 97} in {what}"
        lines.append(line[: LINE_BYTES - 1].ljust(LINE_BYTES - 1, "."))
    path.write_text("\n".join(lines) + "\n")


_NODE = """\
const fs = require('fs');
const path = process.env.WITNESS;
console.log('@WHEN@ for ' + process.env.INPUT_WHO);
fs.appendFileSync(path, 'step\\n');
"""


def _workflow(jobs: str) -> str:
    return f"name: bench\non: push\nenv:\n  WITNESS: '@WITNESS@'\njobs:\n{jobs}"


def _bash(command: str) -> str:
    """A step as a shell of its own."""
    return f"bash -e -c '{command}'"
