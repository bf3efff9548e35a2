"""What a plan refuses before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.app.workflows.planning import plan_graphs
from sluice.source.errors import InvalidInputError

WORKFLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: MATRIX}
    steps: [{run: 'true'}]
"""


def planned(repository: Path, matrix: str) -> list[str]:
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW.replace("MATRIX", matrix), encoding="utf-8")
    try:
        views, _ = plan_graphs(repository, (), offline=True)
    except InvalidInputError as error:
        return [f"{found.span}: {found.message}" for found in error.diagnostics]
    return [view.title for view in views]


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (f"{{n: {list(range(256))}}}", ".github/workflows/w.yml"),
        (f"{{n: {list(range(257))}}}", ".github/workflows/w.yml:5:24: The matrix makes 257 jobs"),
        (f"{{n: {list(range(257))}, exclude: [{{n: 3}}]}}", ".github/workflows/w.yml"),
        ("{n: [1], exclude: [{m: 1}]}", "Matrix exclude key 'm' does not match any key within the matrix"),
        (f"{{n: {list(range(257))}, m: ['${{{{ github.sha }}}}']}}", ".github/workflows/w.yml"),
    ],
)
def test_a_written_out_matrix_that_can_make_no_jobs_is_refused(repository: Path, matrix: str, said: str) -> None:
    (told,) = planned(repository, matrix)
    assert told.endswith(said)
