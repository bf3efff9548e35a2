"""Git LFS files of a checkout: from the user's own store where it has them, else from the server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import anyio.to_thread

from sluice.actions.builtin.sources.checkout_source import Source
from sluice.actions.builtin.sources.git import Git
from sluice.actions.protocol import ActionFailedError, ToolchainMissingError


async def bring_large_files(git: Git, source: Source) -> None:
    """Replace the pointers by the files. Raises ``ToolchainMissingError`` without git-lfs."""
    if (await git.ask("lfs", "version"))[0] != 0:
        raise ToolchainMissingError("'lfs: true' needs git-lfs, which is not on this machine: install it")
    await git.run("lfs", "install", "--local")
    if source.home is not None:
        target = git.folder / ".git/lfs/objects"
        await anyio.to_thread.run_sync(_copy, source.home / "lfs/objects", target)
        await git.run("lfs", "checkout")
        missing = await _missing(git)
        if missing:
            raise ActionFailedError(
                f"Git LFS files are not in the repository on this machine: {', '.join(missing)}. "
                "Bring them with 'git lfs fetch'."
            )
        return
    await git.run("lfs", "fetch", "origin", secret=source.credentials)
    await git.run("lfs", "checkout")


async def _missing(git: Git) -> list[str]:
    """``git lfs ls-files`` marks with ``-`` what is still a pointer."""
    listed = (await git.output("lfs", "ls-files")).splitlines()
    parts = [line.split(" ", 2) for line in listed]
    return [part[2] for part in parts if len(part) == 3 and part[1] == "-"]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, copy_function=_link)


def _link(source: str, target: str) -> None:
    """Objects never change; a link is as good as a copy, where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
