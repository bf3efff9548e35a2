"""A workflow whose triggers GitHub would refuse does not start, and is not drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

from sluice.app.workflows.planning import plan_graphs
from sluice.source.errors import InvalidInputError

STEPS = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("{push: {}, schedule: [{cron: '99 * * * *'}]}", "invalid `cron` attribute \"99 * * * *\": '99' is no minute"),
        ("{push: {branches: ['a[']}}", "Invalid pattern 'a[' in 'branches' of 'push'"),
    ],
)
def test_it_is_refused_with_its_place(run: Run, repository: Path, trigger: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        run(f"on: {trigger}\n{STEPS}")
    assert said in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].span.start.line == 1
    with pytest.raises(InvalidInputError):
        plan_graphs(repository, [], offline=True)
