"""A repository to audit: files in a folder, and programs that answer as they are told, or for real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from sluice.audit.model import AuditSettings, Checked, NotCheckedError, Programs, Ran, Scene
from sluice.audit.programs import find_program
from sluice.audit.sources import find_sources
from sluice.source.diagnostics import Diagnostic

TODAY = dt.date(2026, 11, 1)
ADVISORY = """id: PYSEC-2023-221
modified: 2023-11-01T00:00:00Z
aliases: [GHSA-hrfv-mqp8-q5rw, CVE-2023-46136]
details: Parsing of a multipart body may exhaust the processor.
severity:
- {type: CVSS_V3, score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}
affected:
- package: {name: werkzeug, ecosystem: PyPI}
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: "0"}, {fixed: "3.0.1"}]}
"""


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Each text under its relative path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def no_programs(*words: str, folder: Path, hint: str = "") -> Ran:
    """As if no scanner were installed."""
    assert folder.is_dir()
    raise NotCheckedError(f"{words[0]} isn't installed", hint=hint)


class Answering:
    """A program that prints ``output`` whatever it is asked; ``asked`` remembers."""

    def __init__(self, output: str, code: int = 0, errors: str = "") -> None:
        self.ran = Ran(code=code, output=output.encode(), errors=errors)
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *words: str, folder: Path, hint: str = "") -> Ran:
        assert folder.is_dir(), hint
        self.asked.append(words)
        return self.ran


def scene_of(
    root: Path,
    files: Mapping[str, str],
    *,
    run: Programs = no_programs,
    offline: bool = False,
    settings: AuditSettings | None = None,
    linted: Iterable[Diagnostic] = (),
) -> Scene:
    """The scene of a folder with these files."""
    write_files(root, files)
    return Scene(
        root=root,
        files=find_sources(root),
        today=TODAY,
        settings=settings or AuditSettings(),
        run=run,
        lint=lambda _: linted,
        settled=lambda name: (root / name).read_bytes() if (root / name).is_file() else None,
        offline=offline,
    )


def names(checked: Checked | None) -> list[str]:
    """What was found, by its name."""
    assert checked is not None
    return [found.name for found in checked.evidence.findings]


def need(program: str) -> None:
    """Skip the test where the program can't be had."""
    try:
        find_program(program)
    except NotCheckedError as error:
        pytest.skip(f"{error.message}: {error.hint}")
