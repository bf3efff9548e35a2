"""What a job is written to do, read before anything runs."""

from __future__ import annotations

from pathlib import Path

from sluice.app.settings import Settings
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.repository import read_workflows
from sluice.app.written_steps import Reader
from sluice.store.places import find_places
from sluice.workflow.model import NormalJob

WORKFLOW = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: ./one}]}}"


def test_an_action_that_uses_itself_is_read_once(repository: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (repository / name).mkdir()
        steps = ", ".join([f"{{uses: ./{other}}}"] * 3)
        text = f"{{name: A, runs: {{using: composite, steps: [{steps}]}}}}"
        (repository / name / "action.yml").write_text(text, encoding="utf-8")
    path = repository / ".github/workflows/a.yml"
    path.write_text(WORKFLOW, encoding="utf-8")
    (found,) = read_workflows(repository, [path])
    job = found.workflow.jobs["a"]
    assert isinstance(job, NormalJob)
    reader = Reader(
        root=repository, repositories=other_repositories(repository, Settings(), find_places(), offline=True)
    )
    assert len(reader.steps_of(job)) == 1 + 3 + 3 * 3
