"""What a run is called."""

from __future__ import annotations

import pytest
from running import Run

JOBS = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.mark.parametrize(
    ("event", "name", "called"),
    [
        ("push", None, "First"),
        ("pull_request", None, "First"),
        ("workflow_dispatch", None, "Nightly"),
        ("schedule", None, "Nightly"),
        ("schedule", "${{ github.event_name }} by ${{ github.event.schedule }}", "schedule by 1 2 * * *"),
        ("push", "' ${{ vars.NONE }} '", "First"),
    ],
)
def test_a_run_is_called_by_its_name_else_by_what_came_else_as_its_workflow(
    run: Run, event: str, name: str | None, called: str
) -> None:
    named = f"run-name: {name}\n" if name else ""
    on = "on: {push: {}, pull_request: {}, workflow_dispatch: {}, schedule: [{cron: '1 2 * * *'}]}"
    ran = run(f"name: Nightly\n{named}{on}\n{JOBS}", event=event)
    assert ran.state.facts is not None
    assert ran.state.facts.run_name == called
