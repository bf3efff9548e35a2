"""A disk that is full while a version is built: what runs stays, and what filled the disk is gone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from deployed import Project

SMALL_DISK = f"""
mount -t tmpfs -o size=3m tmpfs "$SLUICE_HOME" || exit 99
deploy() {{ {sys.executable} -m sluice deploy "$@" 2>&1; echo "exit $?"; }}
deploy staging v1
deploy staging big
deploy status
deploy staging v2
deploy stop staging
"""


@pytest.mark.slow
@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which needs root")
def test_a_version_that_does_not_fit_leaves_room_for_the_next(project: Project) -> None:
    project.commit("v1")
    (project.root / "file").write_bytes(os.urandom(5_000_000))
    project.commit("big")
    (project.root / "file").unlink()
    project.commit("v2")
    project.home.mkdir()
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SMALL_DISK],
        env=project.kept(),
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = ran.stdout.splitlines()
    assert [line for line in said if line.startswith("exit ")] == [f"exit {code}" for code in (0, 1, 0, 0, 0)], (
        ran.stdout
    )
    assert "No space left on device" in ran.stdout
    assert "staging is back at v1" in ran.stdout
    assert "staging is at v2" in ran.stdout
