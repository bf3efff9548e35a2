"""Stop-gap."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    sha: str
    base_sha: str
    ref: str
    branch: str
    dirty: bool
    repository: Path
    repository_name: str
    remote_url: str
    changed_files: tuple[str, ...] | None
    default_branch: str = "main"
    message: str = ""


def take_snapshot(root: Path, target: Path) -> Snapshot:
    git = lambda *a: subprocess.run(["git", *a], cwd=root, capture_output=True, text=True).stdout.strip()
    sha = git("rev-parse", "HEAD")
    return Snapshot(
        sha=sha,
        base_sha=git("rev-parse", "HEAD~1"),
        ref=git("symbolic-ref", "HEAD"),
        branch="main",
        dirty=False,
        repository=root,
        repository_name="local/" + root.name,
        remote_url="",
        changed_files=None,
        message=git("log", "-1", "--format=%s"),
    )
