"""What a snapshot of a working tree holds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sluice.runners.host.snapshot import take_snapshot

pytestmark = pytest.mark.needs_git
EARLIER = (1_700_000_000, 1_700_000_000)


def test_what_changed_in_the_second_of_the_last_commit_is_in_it(repository: Path, tmp_path: Path) -> None:
    """As large as before and of the same second: only the index's own time tells git to look into such a file."""
    file = repository / "file"
    file.write_text("old", encoding="utf-8")
    os.utime(file, EARLIER)
    name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    for words in (["config", "core.trustctime", "false"], ["add", "file"], [*name, "commit", "--quiet", "-m", "More"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    file.write_text("new", encoding="utf-8")
    os.utime(file, EARLIER)
    os.utime(repository / ".git/index", EARLIER)
    snapshot = take_snapshot(repository, tmp_path / "snapshot")
    show = ["git", f"--git-dir={snapshot.repository}", "show", f"{snapshot.sha}:file"]
    assert (snapshot.dirty, subprocess.check_output(show, text=True)) == (True, "new")
