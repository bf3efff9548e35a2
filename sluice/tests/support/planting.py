"""A copy of this repository to plant a defect in, and how jobs end on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent

Plant = tuple[str, str, str]
"""A file, what stands in it (nothing: the file is new), and what is put there."""


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def copy_tree(folder: Path) -> None:
    """The tree as it stands, committed."""
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "As it is")


def plant(folder: Path, name: str, old: str, new: str) -> None:
    """Put ``new`` where ``old`` is, once; without ``old`` the file is made."""
    if not old:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def results(folder: Path, home: Path, workflow: str, *jobs: str, options: Sequence[str] = ()) -> Mapping[str, str]:
    """How the jobs of a run ended; ``jobs`` and what they need, or all."""
    chosen = [word for job in jobs for word in ("--job", job)]
    words = [str(BIN / "sluice"), "run", workflow, "--json", *chosen, *options]
    environment = os.environ | {"SLUICE_HOME": str(home), "PATH": f"{ROOT / '.tools/bin'}:{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode in {0, 1}, done.stderr
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    return {event["job"]: event["conclusion"] for event in events if event["event"] == "JobCompleted"}
