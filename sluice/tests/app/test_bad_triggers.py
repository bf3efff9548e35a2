"""A workflow whose triggers or jobs GitHub would refuse does not start, and is not drawn."""

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
        (
            "{push: {branches: [a], branches-ignore: [b]}}",
            "you may only define one of `branches` and `branches-ignore`",
        ),
        ("{push: {tags: [a], tags-ignore: [b]}}", "you may only define one of `tags` and `tags-ignore`"),
        ("{pull_request: {paths: [a], paths-ignore: [b]}}", "you may only define one of `paths` and `paths-ignore`"),
    ],
)
def test_it_is_refused_with_its_place(run: Run, repository: Path, trigger: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        run(f"on: {trigger}\n{STEPS}")
    assert said in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].span.start.line == 1
    with pytest.raises(InvalidInputError):
        plan_graphs(repository, [], offline=True)


@pytest.mark.parametrize("idle", ["{runs-on: x}", "{runs-on: x, steps: []}"])
def test_a_job_that_does_nothing_is_refused(run: Run, idle: str) -> None:
    jobs = f"jobs:\n  a: {{runs-on: x, steps: [{{run: 'true'}}]}}\n  b: {idle}\n  c: {idle}\n"
    with pytest.raises(
        InvalidInputError, match=r"^No steps defined in `steps` .* for the following jobs: b, c$"
    ) as caught:
        run(f"on: push\n{jobs}")
    assert caught.value.diagnostics[0].span.start.line == 4
