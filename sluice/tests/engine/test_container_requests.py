"""A container's description, evaluated: what an expression gives in a wrong shape is never passed over."""

from __future__ import annotations

import pytest

from sluice.engine.containers.requests import read_container
from sluice.engine.containers.services import read_services
from sluice.expressions.values import Dictionary
from sluice.workflow.evaluation import EvaluationError, Scope
from sluice.workflow.model import NormalJob
from sluice.workflow.parser import parse_workflow

SCOPE = Scope(
    contexts={"matrix": Dictionary({"text": "a:b", "list": ["x", 1.0], "map": Dictionary({"A": ["x"]}), "no": ""})}
)


def job(fields: str) -> NormalJob:
    text = f"on: push\njobs:\n  job:\n    runs-on: x\n    {fields}\n    steps: [{{run: x}}]\n"
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    found = workflow.jobs["job"]
    assert isinstance(found, NormalJob)
    return found


def test_what_an_expression_gives_in_the_right_shape_is_taken() -> None:
    [service] = read_services(job("services: {s: {image: a, ports: '${{ matrix.list }}'}}").services, SCOPE)
    assert service.ports == ("x", "1")
    assert read_services(job("services: {s: '${{ matrix.no }}'}").services, SCOPE) == []
    assert read_container(job("container: '${{ matrix.no }}'").container, SCOPE) is None


@pytest.mark.parametrize(
    ("field", "column", "message"),
    [
        ("services: '${{ matrix.list }}'", 15, "A sequence was not expected"),
        ("services: {s: '${{ matrix.list }}'}", 19, "A sequence was not expected"),
        ("services: {s: {image: '${{ matrix.map }}'}}", 27, "A mapping was not expected"),
        ("services: {s: {image: a, ports: '${{ matrix.text }}'}}", 37, "Unexpected value 'a:b'"),
        ("services: {s: {image: a, ports: ['${{ matrix.map }}']}}", 37, "A mapping was not expected"),
        ("services: {s: {image: a, volumes: '${{ matrix.no }}'}}", 39, "Unexpected value ''"),
        ("services: {s: {image: a, env: '${{ matrix.text }}'}}", 35, "Unexpected value 'a:b'"),
        ("services: {s: {image: a, env: '${{ matrix.map }}'}}", 35, "A sequence was not expected"),
        ("services: {s: {image: a, credentials: '${{ matrix.text }}'}}", 43, "Unexpected value 'a:b'"),
        ("services: {s: {image: a, options: '${{ matrix.list }}'}}", 39, "A sequence was not expected"),
    ],
)
def test_any_other_is_an_error_at_its_place(field: str, column: int, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        read_services(job(field).services, SCOPE)
    assert (caught.value.headline, caught.value.span.start.column) == (message, column)
    assert caught.value.hint


@pytest.mark.parametrize("image", ["'${{ matrix.list }}'", "{image: '${{ matrix.list }}'}"])
def test_so_it_is_with_a_jobs_container(image: str) -> None:
    with pytest.raises(EvaluationError, match="A sequence was not expected"):
        read_container(job(f"container: {image}").container, SCOPE)
