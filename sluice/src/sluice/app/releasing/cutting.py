"""Cut a release: versions and changelog are written, committed and tagged here. Pushing is left to a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sluice.app.releasing.looking import read_facts
from sluice.app.releasing.planning import Plan
from sluice.app.releasing.project import ReleaseSettings, read_settings, write_version
from sluice.delivery.release.agreement import Difference, differences
from sluice.delivery.release.changelog import section_of, with_section
from sluice.delivery.release.versions import python_version, read_version
from sluice.repository.git import git
from sluice.source.errors import UsageError


def find_differences(root: Path, tag: str) -> tuple[Difference, ...]:
    """What stands against releasing HEAD as ``tag``."""
    return differences(read_facts(root, read_settings(root)), tag)


def read_notes(root: Path, tag: str) -> str:
    """The changelog's section for a tag. Raises ``UsageError`` when there is none."""
    settings = read_settings(root)
    version = str(read_version(tag.removeprefix(settings.prefix)))
    file = root / settings.changelog
    section = section_of(file.read_text(encoding="utf-8"), version) if file.is_file() else None
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
    for package in plan.packages:
        write_version(package, python_version(plan.version))
    _write_changelog(root / settings.changelog, plan)
    if git(root, "status", "--porcelain"):
        _commit(root, settings, plan)
    notes = section_of((root / settings.changelog).read_text(encoding="utf-8"), str(plan.version)) or plan.notes
    _run(root, "tag", "--annotate", plan.tag, "--cleanup=verbatim", "--message", f"{plan.tag}\n\n{notes}")
    return git(root, "rev-parse", "HEAD") or ""


def _commit(root: Path, settings: ReleaseSettings, plan: Plan) -> None:
    files = [str(package.file) for package in plan.packages]
    _run(root, "add", "--", settings.changelog, *files)
    _run(root, "commit", "--quiet", "--message", f"chore(release): {plan.tag}")


def _write_changelog(file: Path, plan: Plan) -> None:
    known = file.read_text(encoding="utf-8") if file.is_file() else ""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    file.write_text(with_section(known, str(plan.version), day, plan.notes), encoding="utf-8")


def _run(root: Path, *arguments: str) -> None:
    if git(root, *arguments) is None:
        raise UsageError(
            f"git {arguments[0]} failed in {root}", hint=f"run it to see why: git {' '.join(arguments[:3])}"
        )
