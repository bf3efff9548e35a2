"""All logs of a run in one archive, in the order and under the names that GitHub gives them.

In: a run's state and a way to read its logs. Out: a ZIP file's bytes, made on disk: logs may be larger than memory.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sluice.events.state import JobState, RunState, StepState
from sluice.views.run.logs import ReadLog, steps_with_logs
from sluice.views.text.lines import label

_CHUNK = 1 << 18
_NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\<>:"|?*]+')


def log_archive(state: RunState, read: ReadLog, folder: Path) -> Iterator[bytes]:
    """``JOB/NUMBER_STEP.txt`` for every step that wrote something; ``folder`` is where it is made."""
    with tempfile.TemporaryFile(dir=folder) as file:
        _fill(file, state, read)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def job_log(job: JobState, read: ReadLog) -> Iterator[bytes]:
    """What all steps of a job wrote, one after the other."""
    for step in steps_with_logs(job):
        yield from step_bytes(job, step, read)


def step_bytes(job: JobState, step: StepState, read: ReadLog) -> Iterator[bytes]:
    """What one step wrote, as it was kept."""
    for place in step.log:
        end = place.offset + place.length
        for offset in range(place.offset, end, _CHUNK):
            yield read(job.key, offset, min(_CHUNK, end - offset))


def _fill(file: IO[bytes], state: RunState, read: ReadLog) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for _, job in state.ordered_jobs():
            for number, step in enumerate(steps_with_logs(job), 1):
                if not len(step.log):
                    continue
                name = f"{_safe(job.name)}/{number}_{_safe(step.name or step.id or step.key)}.txt"
                with archive.open(name, "w", force_zip64=True) as member:
                    for chunk in step_bytes(job, step, read):
                        member.write(chunk)


def _safe(name: str) -> str:
    """A name as part of a path. GitHub leaves out what file systems refuse."""
    return _NO_NAME.sub("", label(name)).strip(". ")[:100] or "unnamed"
