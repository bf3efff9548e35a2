"""Workflows as text for the tests of plans."""

from collections.abc import Callable

import pytest

from sluice.workflow.model import Workflow
from sluice.workflow.parser import parse_workflow


@pytest.fixture
def read_workflow() -> Callable[[str], Workflow]:
    return read


def read(text: str) -> Workflow:
    """The model, also of a file in which something is wrong, as far as there is one."""
    workflow, found = parse_workflow(text, "ci.yml")
    assert workflow is not None, found
    return workflow
