"""The files of a commit, for who reads or runs them. In: a repository and a commit. Out: a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluice.repository.git import git
from sluice.targets.commands import Command, plain_environment, run
from sluice.targets.protocol import Bundle

_SECONDS = 120.0


def unpack(bundle: Bundle, folder: Path) -> None:
    """Replace the folder by what the release's commit holds. Raises ``TargetError``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    archive = folder / "source.tar"
    words = ["git", "-c", "safe.directory=*", "archive", "--format=tar", f"--output={archive}", bundle.release.commit]
    run(_command(words, bundle.root, "git archive"))
    run(_command(["tar", "-xf", str(archive)], folder, "tar"))
    archive.unlink()


@contextmanager
def checked_out(bundle: Bundle, folder: Path) -> Iterator[Path]:
    """The release's commit as a working tree of the repository in ``folder``, for as long as it is needed; yields where
    ``root`` is in it. What a kill has left there is replaced. Raises ``TargetError``.
    """
    add = ["git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach"]
    forget(bundle.root, folder)
    try:
        run(_command([*add, str(folder), bundle.release.commit], bundle.root, "git worktree add"))
        yield folder / (git(bundle.root, "rev-parse", "--show-prefix") or "")
    finally:
        forget(bundle.root, folder)


def forget(root: Path, folder: Path) -> None:
    """Remove a working tree of the repository, whole or what a kill has left of it; where there is none, nothing."""
    git(root, "worktree", "remove", "--force", "--force", str(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _command(words: list[str], directory: Path, what: str) -> Command:
    return Command(words=words, directory=directory, environment=plain_environment(), timeout=_SECONDS, what=what)
