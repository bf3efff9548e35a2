"""Questions to the stand-in for GitHub, and a repository of which it can tell."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from github_hub import SHA, Served

SIDES = {"base": "before", "head": "after"}


class Asking:
    """Asks, and holds that the answer is no refusal."""

    def __init__(self, hub: Served) -> None:
        self.hub = hub

    def __call__(self, method: str, path: str, body: object = None, /, **query: str) -> dict[str, Any]:
        status, answer = self.hub.ask(method, path, body, **query)
        assert status < 300, (method, path, status, answer)
        return answer if isinstance(answer, dict) else {}


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ("git", *named, *words), cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def snapshot(folder: Path) -> Path:
    """Commits ``before`` and ``after`` of a repository with a file, a folder, a link and a submodule."""
    (folder / "docs").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    (folder / "a b.txt").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (folder / "gone.txt").write_text("x\n", encoding="utf-8")
    (folder / "docs/ü.md").write_text("# ü\n", encoding="utf-8")
    (folder / "link").symlink_to("a b.txt")
    git(folder, "add", "--all")
    modules = '[submodule "m"]\n\tpath = module\n\turl = https://github.com/octo/module\n'
    (folder / ".gitmodules").write_text(modules, encoding="utf-8")
    git(folder, "add", ".gitmodules")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{SHA},module")
    git(folder, "commit", "--quiet", "--message=before")
    git(folder, "branch", "before")
    (folder / "a b.txt").rename(folder / "c.txt")
    (folder / "c.txt").write_text("one\ntwo\nthree\nfour\n", encoding="utf-8")
    (folder / "gone.txt").unlink()
    (folder / "docs/new.bin").write_bytes(b"\0\1")
    git(folder, "add", "--all", "docs", "a b.txt", "c.txt", "gone.txt")
    git(folder, "commit", "--quiet", "--message=after")
    git(folder, "branch", "after")
    git(folder, "pack-refs", "--all")
    return folder / ".git"
