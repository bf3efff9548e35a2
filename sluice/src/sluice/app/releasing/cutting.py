"""Cut a release: versions and changelog are written, committed and tagged here. Pushing is left to a person."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sluice.app.releasing.locks import write_locked
from sluice.app.releasing.looking import read_changelog, read_facts, read_tags
from sluice.app.releasing.npm import PACKAGE, want_new
from sluice.app.releasing.packages import write_version
from sluice.app.releasing.planning import Plan
from sluice.app.releasing.programs import run_tool
from sluice.app.releasing.project import ReleaseSettings, read_settings
from sluice.app.releasing.texts import read_exact, write_exact
from sluice.delivery.release.agreement import Difference, differences
from sluice.delivery.release.changelog import section_of, with_section
from sluice.delivery.release.versions import read_version
from sluice.repository.git import git
from sluice.source.errors import UsageError
from sluice.source.git_place import without_git_place


def find_differences(root: Path, tag: str) -> tuple[Difference, ...]:
    """What stands against releasing HEAD as ``tag``."""
    return differences(read_facts(root, read_settings(root)), tag)


def how_to_tag(root: Path, tag: str) -> str | None:
    """The command that makes the tag; ``None`` where it is there."""
    version = tag.removeprefix(read_settings(root).prefix)
    return None if tag in read_tags(root) else f"sluice release cut --version {version}"


def read_notes(root: Path, tag: str) -> str:
    """The changelog's section for a tag. Raises ``UsageError`` when there is none."""
    settings = read_settings(root)
    version = str(read_version(tag.removeprefix(settings.prefix)))
    section = section_of(read_changelog(root, settings) or "", version)
    if section is None:
        raise UsageError(f"{settings.changelog} has no section '## {version}'", hint="sluice release cut writes it")
    return section


def cut(root: Path, plan: Plan) -> str:
    """Make the commit and the tag; the commit's name. Raises ``UsageError`` before anything is changed, when the tree
    has changes or the tag is taken.
    """
    settings = read_settings(root)
    facts = read_facts(root, settings)
    if facts.changes:
        raise UsageError(
            f"The tree has changes: {', '.join(facts.changes[:5])}",
            hint="commit or stash them; what was built belongs into .gitignore",
        )
    if plan.tag in facts.tags:
        raise UsageError(f"The tag {plan.tag} is there already, at {facts.tags[plan.tag][:12]}")
    before = facts.head
    try:
        _write(root, settings, plan)
        if git(root, "status", "--porcelain"):
            _run(root, "commit", "--quiet", "--message", f"chore(release): {plan.tag}")
        _tag(root, settings, plan)
    except BaseException:
        git(root, "reset", "--quiet", "--hard", before)
        raise
    return git(root, "rev-parse", "HEAD") or ""


def let_go(root: Path, tag: str) -> Iterator[str]:
    """What a person does then, in lines: the push, and what comes first or after where git would refuse it."""
    remotes = _remotes(root)
    remote = next(iter(remotes), "origin") if "origin" not in remotes else "origin"
    if git(root, "symbolic-ref", "--quiet", "HEAD"):
        yield f"git push --follow-tags {remote} HEAD {tag}"
    else:
        yield f"git push {remote} {tag}"
        yield f"HEAD is on no branch: that is the tag alone; git push {remote} HEAD:refs/heads/NAME puts it on one"
    if not remotes:
        yield f"no remote is known here yet: git remote add {remote} ADDRESS comes first"


def _remotes(root: Path) -> list[str]:
    """The repository's own: in a job under rehearsal the user's settings have one more, for ``gh``."""
    told = git(root, "config", "--local", "--name-only", "--get-regexp", r"^remote\..*\.url$") or ""
    return [line.removeprefix("remote.").removesuffix(".url") for line in told.splitlines()]


def _write(root: Path, settings: ReleaseSettings, plan: Plan) -> None:
    """Versions, lock files and the changelog, ready to be committed."""
    for package in plan.packages:
        write_version(package, plan.version)
    npm = {one.name: one.version for one in plan.packages if one.file is not None and one.file.name == PACKAGE}
    want_new(root, npm, str(plan.version))
    write_locked(root, plan.packages, plan.version)
    _write_changelog(root / settings.changelog, plan)
    _run(root, "add", "--", settings.changelog)
    _run(root, "add", "--update")


def _tag(root: Path, settings: ReleaseSettings, plan: Plan) -> None:
    notes = section_of(read_changelog(root, settings) or "", str(plan.version)) or plan.notes
    _run(root, "tag", "--annotate", plan.tag, "--cleanup=verbatim", "--message", f"{plan.tag}\n\n{notes}")


def _write_changelog(file: Path, plan: Plan) -> None:
    """With the line ends that it has."""
    known = read_exact(file) if file.is_file() else ""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    text = with_section(known.replace("\r\n", "\n"), str(plan.version), day, plan.notes)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_exact(file, text.replace("\n", "\r\n") if "\r\n" in known else text)


def _run(root: Path, *arguments: str) -> None:
    """Raises ``UsageError`` with git's own words, and those of its hooks."""
    done = run_tool(["git", "-c", "safe.directory=*", *arguments], root, without_git_place(os.environ))
    if done.returncode != 0:
        said = (done.stderr + done.stdout).decode(errors="replace").strip()
        raise UsageError(
            f"git {arguments[0]} failed: {said or f'exit code {done.returncode}'}",
            hint="nothing was changed; what git or its hooks want comes first",
        )
