"""The log's way through the engine alone, without a process behind it. Prints its figures as JSON.

Run by ``engine.py`` as a program of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from cases import secrets, write_log_lines

from sluice.engine.output.annotations import AnnotationPlaces
from sluice.engine.output.context import CommandRules, JobOutput, OutputContext
from sluice.engine.output.matcher_files import MatcherFiles
from sluice.engine.output.matchers import MatcherSet
from sluice.engine.output.stream import StepOutput
from sluice.masking.masker import Masker

CHUNK = 1 << 18


def main(folder: Path, mebibytes: int) -> None:
    """Feed that many MiB from a file, in chunks as a pipe gives them, through the pipeline into a file."""
    source, target = folder / "source", folder / "log"
    write_log_lines(source)
    context = OutputContext(
        job=JobOutput(
            masker=Masker(secrets()),
            matchers=MatcherSet(),
            files=MatcherFiles(folder),
            places=AnnotationPlaces(folder),
        ),
        rules=CommandRules(),
    )
    with target.open("wb", buffering=0) as log:
        output = StepOutput(context, emit=lambda _: None, write=lambda data: _write_all(log.fileno(), data))
        before = _peak()
        started = time.perf_counter()
        for _ in range(mebibytes):
            with source.open("rb", buffering=0) as lines:
                while chunk := lines.read(CHUNK):
                    output.feed(chunk)
        output.close()
        seconds = time.perf_counter() - started
    grown = _peak() - before
    figures = {
        "seconds": seconds,
        "megabytes_per_second": mebibytes * 1.048576 / seconds,
        "grown_mebibytes": grown / 1024,
        "leaked": _leaked(target),
    }
    print(json.dumps(figures))


def _leaked(log: Path) -> int:
    """How many of the secrets stand in the log."""
    found: set[str] = set()
    with log.open("rb") as file:
        while chunk := file.read(256 * CHUNK):
            found.update(secret for secret in secrets() if secret.encode() in chunk)
    return len(found)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _peak() -> int:
    """KiB. What ``getrusage`` says would include the parent's, from before this program was loaded."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
