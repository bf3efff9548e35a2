from collections.abc import Callable

import pytest

from sluice.plan.uses import ANY, Kind, Use, uses_in
from sluice.workflow.model import Workflow

Read = Callable[[str], Workflow]
Found = Callable[..., dict[str, tuple[str, ...]]]


@pytest.fixture
def found(read_workflow: Read) -> Found:
    def find(text: str, kind: Kind = Kind.SECRET, **called: str) -> dict[str, tuple[str, ...]]:
        below = {f"./.github/workflows/{name}.yml": read_workflow(other) for name, other in called.items()}
        uses = uses_in(read_workflow(text), lambda _, path: below.get(path))
        return {use.name: use.jobs for use in uses if use.kind is kind}

    return find


STEP = "jobs: {a: {runs-on: u, steps: [{run: %s}]}, b: {runs-on: u, steps: [{run: x}]}}"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("'${{ secrets.TOKEN }}'", {"TOKEN": ("a",)}),
        ("\"${{ secrets['TOKEN'] }} ${{ secrets.token || secrets.OTHER }}\"", {"TOKEN": ("a",), "OTHER": ("a",)}),
        ("'${{ toJSON(secrets) }}'", {ANY: ("a",)}),
        ("\"${{ secrets[format('T_{0}', secrets.WHICH)] }}\"", {ANY: ("a",), "WHICH": ("a",)}),
        ("'${{ secrets.GITHUB_TOKEN }}'", {}),
        ("'${{ github.token }} secrets.TOKEN'", {}),
    ],
)
def test_a_step_names_its_secrets(found: Found, written: str, names: dict[str, tuple[str, ...]]) -> None:
    assert found(f"on: push\n{STEP % written}") == names


def test_what_stands_above_the_jobs_is_every_jobs(found: Found) -> None:
    text = f"on: push\nenv: {{T: '${{{{ secrets.TOKEN }}}}', V: '${{{{ vars.LEVEL }}}}'}}\n{STEP % 'x'}"
    assert found(text) == {"TOKEN": ("a", "b")}
    assert found(text, Kind.VARIABLE) == {"LEVEL": ("a", "b")}


INNER = "on: workflow_call\njobs: {i: {runs-on: u, steps: [{run: '${{ secrets.TOKEN }} ${{ vars.LEVEL }}'}]}}"
OUTER = "on: push\njobs: {c: {uses: ./.github/workflows/inner.yml%s}}"


def test_a_called_workflow_needs_what_it_inherits(found: Found) -> None:
    assert found(OUTER % ", secrets: inherit", inner=INNER) == {"TOKEN": ("c/i",)}
    assert found(OUTER % ", secrets: inherit", Kind.VARIABLE, inner=INNER) == {"LEVEL": ("c/i",)}


def test_a_secret_that_is_passed_on_is_the_callers(found: Found) -> None:
    assert found(OUTER % ", secrets: {TOKEN: '${{ secrets.OUTER }}'}", inner=INNER) == {"OUTER": ("c",)}
    assert found(OUTER % "", inner=INNER) == {}


def test_a_called_workflow_that_was_not_read_is_passed_over(found: Found) -> None:
    assert found(OUTER % ", secrets: inherit") == {}


def test_a_use_has_the_place_where_it_first_stands(read_workflow: Read) -> None:
    (use,) = uses_in(read_workflow("on: push\n" + STEP % "'${{ secrets.T }}'"), lambda *_: None)
    assert isinstance(use, Use)
    assert use.span.start.line == 2
