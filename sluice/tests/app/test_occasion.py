"""Which ref a short name on the command line is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

WORKFLOW = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'echo \">$GITHUB_REF\"'}]}}\n"


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("v1.0", "refs/tags/v1.0"),
        ("both", "refs/heads/both"),
        ("none", "refs/heads/none"),
        ("refs/heads/v1.0", "refs/heads/v1.0"),
    ],
)
def test_a_short_name_is_a_branch_or_else_a_tag(run: Run, repository: Path, name: str, ref: str) -> None:
    for words in (["tag", "v1.0"], ["tag", "both"], ["branch", "both"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    assert run(WORKFLOW, ref=name).said("job") == [ref]
