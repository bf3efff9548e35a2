"""The workflow files that a person names, read."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sluice.app.root import WORKFLOWS
from sluice.plan.event.triggers import find_trigger_problems
from sluice.plan.graph.building import find_job_problems
from sluice.source.diagnostics import Diagnostic, has_errors
from sluice.source.errors import InvalidInputError, UsageError
from sluice.workflow.event_names import EVENTS
from sluice.workflow.model import Workflow
from sluice.workflow.parser import parse_workflow

_SUFFIXES = (".yml", ".yaml")
_LARGEST = 1 << 20


class ReadWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow with the file that it was read from; ``file`` is relative to ``root``, the repository's folder."""

    root: Path
    path: Path
    file: str
    text: str
    workflow: Workflow


def find_files(root: Path, named: Iterable[str]) -> tuple[Path, ...]:
    """The workflow files that the words name; every one of ``.github/workflows`` when there are no words."""
    words = tuple(named)
    if not words:
        found = tuple(_inside(root / WORKFLOWS))
        if not found:
            raise UsageError(f"No workflow in {root / WORKFLOWS}", hint="name a workflow file: sluice run PATH")
        return found
    return tuple(dict.fromkeys(path for word in words for path in _named(root, word)))


def _named(root: Path, word: str) -> Iterator[Path]:
    places = (Path.cwd() / word, root / word, root / WORKFLOWS / word)
    guesses = (*places, *(root / WORKFLOWS / f"{word}{suffix}" for suffix in _SUFFIXES))
    found = next((place for place in guesses if place.exists()), None) or _of_name(root, word)
    if found is None:
        known = ", ".join(path.name for path in _inside(root / WORKFLOWS)) or "none"
        event = f"; an event is named with --event {word}" if word in EVENTS else ""
        raise UsageError(f"No workflow '{word}'", hint=f"workflows here: {known}{event}")
    if found.is_dir():
        folder = found / WORKFLOWS if (found / WORKFLOWS).is_dir() else found
        inside = tuple(_inside(folder))
        if not inside:
            raise UsageError(f"No workflow file in {folder}", hint="workflow files end in .yml or .yaml")
        yield from inside
    else:
        yield found.resolve()


def _of_name(root: Path, word: str) -> Path | None:
    """The file whose workflow is called so (``name:``), as ``gh workflow run`` finds it."""
    for path in _inside(root / WORKFLOWS):
        workflow, _ = parse_workflow(read_text(path), path.name)
        if workflow is not None and workflow.name is not None and workflow.name.value == word:
            return path
    return None


def _inside(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path.resolve() for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())


def read_workflows(root: Path, paths: Iterable[Path]) -> tuple[ReadWorkflow, ...]:
    """Every workflow, typed. Raises ``InvalidInputError`` with every diagnostic of every file."""
    found: list[Diagnostic] = []
    read: list[ReadWorkflow] = []
    for path in paths:
        file, text = display_name(root, path), read_text(path)
        workflow, diagnostics = check_workflow(text, file)
        found += diagnostics
        if workflow is not None:
            read.append(ReadWorkflow(root=root, path=path, file=file, text=text, workflow=workflow))
    if has_errors(found):
        raise InvalidInputError(found)
    return tuple(read)


def check_workflow(text: str, file: str) -> tuple[Workflow | None, list[Diagnostic]]:
    """A file's text, typed, and what GitHub would refuse of it, whether it runs by itself or is called."""
    workflow, found = parse_workflow(text, file)
    if workflow is not None:
        found += find_trigger_problems(workflow) + ([] if has_errors(found) else find_job_problems(workflow))
    return workflow, found


def display_name(root: Path, path: Path) -> str:
    """The path as shown: relative to the root where it is inside."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def read_text(path: Path) -> str:
    """A file's text; bytes that are no UTF-8 come as U+FFFD.

    Raises ``UsageError`` for one that can't be read, is no regular file or is too large to be a workflow.
    """
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise UsageError(f"{path} is no regular file")
        if facts.st_size > _LARGEST:
            raise UsageError(f"{path} is larger than 1 MiB: that is no workflow")
        return path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
