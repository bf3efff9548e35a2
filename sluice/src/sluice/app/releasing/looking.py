"""What a repository says of its releases: tags, commits since, changes. git and git-cliff are asked."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from sluice.app.releasing.locks import locked_versions
from sluice.app.releasing.packages import find_packages
from sluice.app.releasing.programs import run_tool
from sluice.app.releasing.project import ReleaseSettings
from sluice.app.releasing.texts import read_exact
from sluice.delivery.release.agreement import Facts
from sluice.delivery.release.commits import CLIFF_SETTINGS, History, read_history
from sluice.repository.git import git
from sluice.source.errors import UnavailableError, UsageError

_STABLE = "[.]".join(["(?:0|[1-9][0-9]*)"] * 3)
_REMOTE = re.compile(r"(?:https?://|ssh://git@|git@)(?:[^@/]+@)?([^/:]+)[/:](.+?)(?:\.git)?/?")


def read_tags(root: Path) -> dict[str, str]:
    """Tags by name, with the commits that they stand for."""
    listed = git(root, "for-each-ref", "refs/tags", "--format=%(refname:strip=2) %(objectname) %(*objectname)") or ""
    rows = (line.split() for line in listed.splitlines())
    return {row[0]: row[-1] for row in rows if len(row) > 1}


def head_of(root: Path) -> str:
    """HEAD's commit. Raises ``UsageError`` where there is none."""
    head = git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head is None:
        raise UsageError(f"{root} has no commit", hint="a release is one of a git repository")
    return head


def read_facts(root: Path, settings: ReleaseSettings) -> Facts:
    """The repository as it stands. Raises ``UsageError`` where there is no commit."""
    head = head_of(root)
    changes = git(root, "status", "--porcelain", "--untracked-files=normal") or ""
    packages = find_packages(root)
    return Facts(
        head=head,
        packages={one.folder: one.version for one in packages if one.file is not None},
        tags=read_tags(root),
        changes=tuple(line[2:].strip() for line in changes.splitlines()),
        changelog=read_changelog(root, settings),
        prefix=settings.prefix,
        semantic=frozenset(one.folder for one in packages if one.semantic),
        locked=tuple(dict.fromkeys((file, one.folder, said) for file, one, said in locked_versions(root, packages))),
        earlier=frozenset((git(root, "tag", "--merged", "HEAD") or "").split()),
    )


def read_changelog(root: Path, settings: ReleaseSettings) -> str | None:
    """Its text with plain line ends; ``None`` where there is no such file."""
    file = root / settings.changelog
    return read_exact(file).replace("\r\n", "\n") if file.is_file() else None


def read_commits(root: Path, settings: ReleaseSettings) -> History:
    """What came since the last stable release, as git-cliff reads it. Raises ``UnavailableError`` without it."""
    head_of(root)
    program = _cliff()
    prefix = re.escape(settings.prefix).replace("\\", "\\\\")
    with tempfile.TemporaryDirectory(prefix="sluice-release-") as place:
        file = Path(place) / "cliff.toml"
        text = CLIFF_SETTINGS.format(tags=f"^{prefix}{_STABLE}$")
        file.write_text(text, encoding="utf-8")
        command = [program, "--config", str(file), "--repository", str(root), "--unreleased", "--context", "--offline"]
        done = run_tool(command, root)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"git-cliff can't read the commits of {root}: {words[-1] if words else done.returncode}")
    return read_history(done.stdout)


def came_since(root: Path, tag: str) -> bool:
    """Whether HEAD has a commit that the tag's has not; a merge alone is none."""
    return git(root, "rev-list", "--count", "--no-merges", f"refs/tags/{tag}..HEAD") != "0"


def check_history(root: Path) -> None:
    """Raises ``UsageError`` where the history is cut off, so that an earlier release may be behind its end."""
    if git(root, "rev-parse", "--is-shallow-repository") == "true":
        raise UsageError(
            f"{root} is a shallow clone without a release in it: the last one may lie further back",
            hint="git fetch --unshallow --tags; in a workflow `fetch-depth: 0` of actions/checkout",
        )


def find_page(root: Path, settings: ReleaseSettings) -> str:
    """The repository's page, of the settings or made of its remote; empty when there is none."""
    found = _REMOTE.fullmatch(git(root, "config", "--get", "remote.origin.url") or "")
    return settings.page or (f"https://{found[1]}/{found[2]}" if found else "")


def _cliff() -> str:
    beside = Path(sys.executable).with_name("git-cliff")
    found = str(beside) if beside.is_file() else shutil.which("git-cliff")
    if found is None:
        raise UnavailableError(
            "git-cliff, which reads the commits, is not installed",
            tried=[str(beside), "git-cliff on PATH"],
            hint="pip install 'sluice-ci[release]'",
        )
    return found
