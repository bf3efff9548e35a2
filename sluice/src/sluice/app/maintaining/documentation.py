"""Documentation against commits: what users meet that changed without it, and links in it that lead nowhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct

from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.plan.event.patterns import passes
from sluice.repository.git import git
from sluice.source.errors import UnavailableError
from sluice.views.text.wording import count

_TYPES = "build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test"
_CONVENTIONAL = re.compile(rf"(?:{_TYPES})(?:\([^)]*\))?!?: ", re.IGNORECASE)
_FEATURE = re.compile(rf"feat(?:\([^)]*\))?!?: |(?:{_TYPES})(?:\([^)]*\))?!: ", re.IGNORECASE)
"""A subject that speaks of a feature or of a breaking change (conventionalcommits.org 1.0.0, 1, 2, 13)."""
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


class _Commit(Struct, frozen=True):
    sha: str
    subject: str
    files: tuple[str, ...]


def look_at_documentation(scene: Scene) -> Section:
    """Commits of the span that change what users meet, then every page's links."""
    commits = list(_commits(scene))
    public, docs = scene.maintenance.public, scene.maintenance.docs
    meant = [one for one in commits if _FEATURE.match(one.subject) or any(passes(public, file) for file in one.files)]
    silent = [one for one in meant if not any(passes(docs, file) for file in one.files)]
    pages = [name for name in (git(scene.root, "ls-files", "-z", "*.md") or "").split("\0") if name]
    untold = commits and not public and not any(map(_conventional, commits))
    return Section(
        findings=(*map(_undocumented, silent), *(found for page in pages for found in _broken(scene.root, page))),
        facts=(
            f"{count(len(commits), 'commit')} since, {len(meant)} change what users meet; {count(len(pages), 'page')}",
        ),
        unseen=("which commits change what users meet: none says `feat:`, and [maintain] `public` names no files",)
        if untold
        else (),
    )


def _conventional(commit: _Commit) -> bool:
    return _CONVENTIONAL.match(commit.subject) is not None


def _commits(scene: Scene) -> Iterator[_Commit]:
    listed = git(
        scene.root,
        "log",
        "--no-merges",
        f"--since=@{int(scene.span.since)}",
        "--format=%x01%H%x02%s",
        "--name-only",
        "-z",
    )
    if listed is None:
        raise UnavailableError("git gives no commits here", hint="run it in a clone with its history")
    for entry in listed.split("\x01")[1:]:
        head, _, files = entry.partition("\0")
        sha, _, subject = head.partition("\x02")
        yield _Commit(sha, subject, tuple(name for name in files.strip("\n\0").split("\0") if name))


def _undocumented(commit: _Commit) -> Finding:
    return Finding(
        text=f"{commit.sha[:7]} changes what users meet and no documentation: {commit.subject}",
        commands=(f"git show --stat {commit.sha[:10]}",),
    )


def _broken(root: Path, page: str) -> Iterator[Finding]:
    written = (root / page).resolve()  # links of a page that stands elsewhere, too, start where it is written
    for number, target in _links(written):
        place = unquote(target.partition("#")[0])
        found = root / place.lstrip("/") if place.startswith("/") else written.parent / place
        if not found.exists():
            yield Finding(
                text=f"{page}:{number} links to {target}, which is not there",
                commands=(f"git log --oneline --follow -- {shlex.quote(place)}",),
            )


def _links(page: Path) -> Iterator[tuple[int, str]]:
    """Relative links outside of code, each with its line."""
    fence = ""
    if not page.is_file():  # deleted in the working tree
        return
    for number, row in enumerate(page.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if mark := _FENCE.match(row):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            continue
        if not fence:
            yield from ((number, target) for target in _LINK.findall(_CODE.sub("", row)) if not _SCHEME.match(target))
