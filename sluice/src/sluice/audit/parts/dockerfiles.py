"""Dockerfiles, by hadolint, and one rule of our own: an image whose last stage never leaves root.

hadolint finds a last ``USER root`` only (DL3002); an image that names no user at all runs as root just the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.programs import EXTRA, last_line
from sluice.audit.sources import named
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding, Kind, Severity
from sluice.evidence.reading import read_report

TOOL, OWN = "hadolint", "sluice dockerfiles"
_NAMES = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile", "Containerfile.*")
_SCRIPTS = (".py", ".sh", ".md", ".txt", ".dockerignore")
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_USER = re.compile(r"USER\s+(\S+)", re.IGNORECASE)
_ROOT = {"root", "0"}


def check(scene: Scene) -> Checked | None:
    """Every Dockerfile."""
    files = tuple(name for name in named(scene.files, *_NAMES) if not name.endswith(_SCRIPTS))
    if not files:
        return None
    rooted = tuple(found for name in files for found in find_root_stages(_text(scene, name), name))
    own = Evidence(findings=rooted, examined=frozenset({Kind.MISCONFIGURATION}))
    evidence = collect([_scan(scene, files), own])
    return Checked(what=", ".join(files), tools=(TOOL, OWN), evidence=evidence)


def _text(scene: Scene, name: str) -> str:
    return (scene.root / name).read_text(encoding="utf-8", errors="replace")


def _scan(scene: Scene, files: tuple[str, ...]) -> Evidence:
    ran = scene.run(TOOL, "--no-fail", "--format", "json", "--", *files, folder=scene.root, hint=EXTRA)
    if ran.code != 0 or not ran.output.strip():
        raise NotCheckedError(f"hadolint failed: {last_line(ran)}")
    evidence = read_report(ran.output, source=TOOL, expected=TOOL)
    return replace(evidence, findings=tuple(replace(one, tool=TOOL) for one in evidence.findings))


def find_root_stages(text: str, file: str) -> Iterator[Finding]:
    """A finding where the last stage, with the stages that it builds on, ends as root or names no user."""
    users: dict[str, str | None] = {}
    stage, line, user = "", 0, None
    for number, row in enumerate(text.splitlines(), 1):
        if begun := _FROM.match(row.strip()):
            user = users.get(begun[1].lower())
            stage, line = (begun[2] or f"#{number}").lower(), number
            users[stage] = user
        elif named_user := _USER.match(row.strip()):
            user = users[stage] = named_user[1].partition(":")[0].strip("\"'")
    if stage and (user is None or user in _ROOT):
        title = "the image runs as root: its last stage " + ("ends with USER root" if user else "names no USER")
        yield Finding(
            id="root-user",
            kind=Kind.MISCONFIGURATION,
            severity=Severity.HIGH,
            title=title,
            tool=OWN,
            path=file,
            line=line,
        )
