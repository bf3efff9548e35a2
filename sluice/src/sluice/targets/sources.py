"""The files of a commit, for targets that read them. In: a repository and a commit. Out: a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def _command(words: list[str], directory: Path, what: str) -> Command:
    return Command(words=words, directory=directory, environment=plain_environment(), timeout=_SECONDS, what=what)
