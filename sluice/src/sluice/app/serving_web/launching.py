"""Runs that the page starts: each is the command line's own process, and outlives the page and the server.

In: the words of a command. Out: the id of the run, or what the command said instead.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from sluice.app.running.reviewing import WAITS
from sluice.app.serving_web.site import Site
from sluice.app.workflows.repository import ReadWorkflow
from sluice.machine.processes import identify
from sluice.plan.event.inputs import resolve_dispatch_inputs
from sluice.source.errors import UsageError
from sluice.views.text.ansi import clean

PATIENCE = 30.0
"""Seconds until a run has to be there: it takes a snapshot of the working tree first."""
_PAUSE = 0.05
_TOLD = 4000
BY_HAND = "workflow_dispatch"


class Order(Struct, frozen=True, kw_only=True):
    """A run that somebody wants; ``ref`` is empty for the working tree's own."""

    event: str
    ref: str = ""
    inputs: Mapping[str, str] = {}


def start(site: Site, path: Path, order: Order) -> str:
    """Run a workflow file. Raises ``UsageError`` when no run came of it."""
    words = ["run", str(path), f"--event={order.event}", *([f"--ref={order.ref}"] if order.ref else [])]
    return launch(site, [*words, *(f"--input={name}={value}" for name, value in order.inputs.items())])


def start_again(site: Site, run: str, *, failed: bool) -> str:
    """Run a run again. Raises ``UsageError`` when it can't be."""
    return launch(site, ["rerun", run, *(["--failed"] if failed else [])])


def input_problems(found: ReadWorkflow, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each input, by its name; what belongs to none of them stands under the empty name."""
    trigger = found.workflow.triggers[BY_HAND]
    problems: dict[str, str] = {}
    for name, definition in trigger.inputs.items():
        one = {key: value for key, value in given.items() if key.lower() == name.lower()}
        _, wrong = resolve_dispatch_inputs({name: definition}, one, trigger.event.span)
        if wrong:
            problems[name] = _told(wrong[0].message, wrong[0].allowed)
    known = {name.lower() for name in trigger.inputs}
    extra = ", ".join(sorted(f"'{key}'" for key in given if key.lower() not in known))
    return problems | ({"": f"Unexpected inputs provided: {extra}"} if extra else {})


def _told(message: str, allowed: Sequence[str]) -> str:
    return f"{message} (allowed: {', '.join(allowed)})" if allowed else message


def launch(site: Site, words: Sequence[str]) -> str:
    """Start a command in a session of its own, and wait until its run is there. Raises ``UsageError``."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sluice", *words, "--plain", WAITS],
            cwd=site.root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _, started = identify(process.pid)
        threading.Thread(target=process.wait, daemon=True).start()  # its exit code is fetched by somebody
        return _run_of(site, process, started, output)


def _run_of(site: Site, process: subprocess.Popen[bytes], started: float, output: IO[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        over = process.poll() is not None
        row = site.store.run_of_engine(process.pid, started)
        if row is not None and site.store.read(row.run, limit=1):
            return row.run
        if over:
            raise UsageError(_said(output) or f"the command ended with {process.returncode} and said nothing")
        if time.monotonic() > deadline:
            raise UsageError(f"No run after {PATIENCE:g} s: it may still come", hint="look at the list of runs")
        time.sleep(_PAUSE)


def _said(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read(_TOLD).decode("utf-8", "replace").splitlines()
    return "\n".join(clean(line) for line in lines).removeprefix("sluice: ").strip()
