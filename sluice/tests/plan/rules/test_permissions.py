from collections.abc import Callable

import pytest

from sluice.plan.rules.permissions import SCOPES, describe_permissions, effective_permissions
from sluice.workflow.model import Access, Workflow

Read = Callable[[str], Workflow]
Describe = Callable[..., str]


@pytest.fixture
def described(read_workflow: Read) -> Describe:
    def describe(workflow: str = "", job: str = "", **more: object) -> str:
        at_top = f"permissions: {workflow}\n" if workflow else ""
        in_job = f"permissions: {job}, " if job else ""
        read = read_workflow(f"on: push\n{at_top}jobs:\n  a: {{{in_job}runs-on: u, steps: [{{run: x}}]}}\n")
        return describe_permissions(effective_permissions(read.jobs["a"], read, **more))  # type: ignore[arg-type] # test's

    return describe


def test_without_a_key_the_default_holds(described: Describe) -> None:
    assert described() == "contents: read, packages: read"
    permissive = described(default="permissive")
    assert "contents: write" in permissive
    assert "models: read" in permissive
    assert "id-token" not in permissive


def test_scopes_that_are_not_named_are_none(described: Describe) -> None:
    assert described("{contents: read, id-token: write}") == "contents: read, id-token: write"
    assert described("{}") == "none"


def test_a_jobs_permissions_replace_the_workflows(described: Describe) -> None:
    assert described("{contents: write, issues: write}", "{packages: read}") == "packages: read"


def test_everything_can_be_read_or_written(described: Describe) -> None:
    read = described("read-all")
    assert read.count("read") == len(SCOPES) - 1
    assert "id-token" not in read
    assert described("write-all").count("write") == len(SCOPES) - 1


def test_a_called_workflow_can_not_raise_what_its_caller_may(described: Describe) -> None:
    caller = dict.fromkeys(SCOPES, Access.NONE) | {"contents": Access.READ, "issues": Access.WRITE}
    assert described(allowed=caller) == "contents: read, issues: write"
    assert described("{contents: write, issues: read, packages: write}", allowed=caller) == (
        "contents: read, issues: read"
    )
