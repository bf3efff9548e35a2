"""The submodules of a checkout: from the user's own repository where it has them, else from their addresses."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from sluice.actions.builtin.inputs import whole_number
from sluice.actions.builtin.sources.checkout_source import Source
from sluice.actions.builtin.sources.git import Git
from sluice.machine.threads import in_daemon_thread
from sluice.repository.git import git as ask_git

_LOCAL = {"protocol.file.allow": "always"}
"""Git refuses submodules in local folders by default; these are the user's own."""
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


_CHANGES = ("status", "--porcelain", "--ignore-submodules=all", "--no-renames")


class _Submodule(Struct, frozen=True, kw_only=True):
    name: str
    path: str


async def update_submodules(git: Git, source: Source, *, recursive: bool) -> None:
    """Check them out, at the depth of the checkout."""
    await _update(git, source, source.home, recursive=recursive)


async def _update(git: Git, source: Source, home: Path | None, *, recursive: bool) -> None:
    found = await _list(git)
    if not found:
        return
    await git.run("submodule", "sync")
    await git.run("submodule", "init")
    local = [one for one in found if home is not None and await _point_to_the_users(git, one, home / "modules")]
    depth = whole_number(git.host.inputs, "fetch-depth", 1)
    options = () if depth == 0 else (f"--depth={depth}",)
    secret = {**source.credentials, **(_LOCAL if local else {})}
    await git.run("submodule", "update", "--init", "--force", *options, secret=secret)
    await git.run("submodule", "sync")  # their addresses as the project has them
    for one in found if recursive else ():
        inner = home / "modules" / one.name if home is not None else None
        await _update(Git(git.host, git.folder / one.path), source, inner, recursive=True)


async def _list(git: Git) -> list[_Submodule]:
    _, listed = await git.ask("config", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    pairs = [line.split(" ", 1) for line in listed.splitlines() if line.startswith("submodule.")]
    return [_Submodule(name=key[len("submodule.") : -len(".path")], path=path) for key, path in pairs]


async def _point_to_the_users(git: Git, one: _Submodule, modules: Path) -> bool:
    """Whether the user's repository has its objects: its commit need not be anywhere else yet."""
    objects = modules / one.name / "objects"
    if not objects.is_dir():
        return False
    commit = (await git.output("rev-parse", f"HEAD:{one.path}")).strip()
    mark = hashlib.sha256(f"{objects} {commit}".encode()).hexdigest()[:16]
    lent = git.host.workspace.paths.root / "submodules" / mark
    _lend(lent, objects, commit)
    await git.run("config", "--local", f"submodule.{one.name}.url", f"file://{lent}")
    if await in_daemon_thread(ask_git, modules / one.name, *_CHANGES):
        git.host.notice(f"What is not committed in the submodule '{one.path}' stays out: its commit is checked out")
    return True


def _lend(folder: Path, objects: Path, commit: str) -> None:
    """A bare repository that borrows the objects: the user's own is bound to its working tree."""
    for name in ("objects/info", "objects/pack", "refs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (folder / "config").write_text(_CONFIG, encoding="utf-8")
    (folder / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
    (folder / "packed-refs").write_text(f"{commit} refs/heads/main\n", encoding="utf-8")
