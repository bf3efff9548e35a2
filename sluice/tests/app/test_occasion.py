"""What a workflow reads of the event that a run on this machine makes of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from running import Run

PUSH = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - env:
          COMMIT: ${{ toJSON(github.event.head_commit) }}
        run: |
          echo ">${{ github.event.head_commit.author.name }} <${{ github.event.commits[0].author.email }}>"
          echo ">${{ github.event.head_commit.timestamp }} ${{ join(github.event.head_commit.added) }}"
"""


def test_the_head_commit_has_its_author_time_and_new_files(run: Run, repository: Path) -> None:
    (repository / "new.txt").write_text("new", encoding="utf-8")
    for command in (
        ["git", "add", "new.txt"],
        ["git", "-c", "user.name=Ada L", "-c", "user.email=ada@x.org", "commit", "-qm", "N", "--date=2020-01-01T00:00Z"],
    ):
        subprocess.run(command, cwd=repository, check=True, env={"GIT_COMMITTER_DATE": "2024-02-03T05:06:07+01:00"})
    ran = run(PUSH)
    author, when = ran.said("job")
    assert author == "Ada L <ada@x.org>"
    assert when.startswith("2024-02-03T04:06:07Z ")
    assert "new.txt" in when
