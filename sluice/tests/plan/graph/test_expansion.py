from collections.abc import Callable

import pytest

from sluice.expressions.values import Dictionary, Value, from_python, to_python
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.expansion import expand, matrix_context, static_name, strategy_context
from sluice.plan.graph.model import Expansion
from sluice.source.diagnostics import Severity
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Workflow

Opened = Callable[..., Expansion]


@pytest.fixture
def opened(read_workflow: Callable[[str], Workflow]) -> Opened:
    def open_job(job: str, caller: str = "", prefix: str = "", **contexts: object) -> Expansion:
        workflow = read_workflow("on: push\njobs:\n  test:\n    runs-on: u\n    steps: [{run: x}]\n" + job)
        graph = build_graph(workflow, prefix)
        values: dict[str, Value] = {name: from_python(value) for name, value in contexts.items()}
        return expand(next(iter(graph.nodes.values())), caller, Scope(contexts=values, functions={}))

    return open_job


def keys_and_names(expansion: Expansion) -> list[tuple[str, str]]:
    return [(run.key, run.name) for run in expansion.runs]


def test_a_job_without_a_matrix_has_just_its_key(opened: Opened) -> None:
    made = opened("")
    assert keys_and_names(made) == [("test", "test")]
    assert (made.fail_fast, made.max_parallel, made.notices) == (True, None, ())
    assert matrix_context(made.runs[0]) is None
    assert to_python(strategy_context(made, made.runs[0])) == {
        "fail-fast": True,
        "job-index": 0,
        "job-total": 1,
        "max-parallel": 1,
    }


def test_a_matrix_gives_legs_with_keys_from_one_and_names_with_values(opened: Opened) -> None:
    made = opened("    strategy:\n      fail-fast: false\n      max-parallel: 2\n      matrix: {v: [3.11, 3.12]}")
    assert keys_and_names(made) == [("test.1", "test (3.11)"), ("test.2", "test (3.12)")]
    assert [(run.index, run.total, to_python(run.matrix)) for run in made.runs] == [
        (0, 2, {"v": 3.11}),
        (1, 2, {"v": 3.12}),
    ]
    assert (made.fail_fast, made.max_parallel) == (False, 2)
    assert to_python(strategy_context(made, made.runs[1])) == {
        "fail-fast": False,
        "job-index": 1,
        "job-total": 2,
        "max-parallel": 2,
    }


def test_a_matrix_of_one_leg_is_a_matrix_all_the_same(opened: Opened) -> None:
    assert keys_and_names(opened("    strategy: {matrix: {v: [1]}}")) == [("test.1", "test (1)")]


def test_a_written_name_gets_the_values_and_an_evaluated_one_stands_as_it_is(opened: Opened) -> None:
    matrix = "    strategy: {matrix: {v: [1, 2]}}\n"
    assert [name for _, name in keys_and_names(opened(matrix + "    name: Tests"))] == ["Tests (1)", "Tests (2)"]
    made = opened(matrix + "    name: Tests ${{ matrix.v }} of ${{ strategy.job-total }}")
    assert [name for _, name in keys_and_names(made)] == ["Tests 1 of 2", "Tests 2 of 2"]
    made = opened(matrix + "    name: ${{ matrix.absent }}")
    assert [name for _, name in keys_and_names(made)] == ["test (1)", "test (2)"]
    assert opened("    name: ${{ inputs.long }}", inputs={"long": "x" * 300}).runs[0].name == "x" * 97 + "..."


def test_a_job_of_a_called_workflow_has_the_callers_name_and_key_in_front(opened: Opened) -> None:
    made = opened("    strategy: {matrix: {v: [1]}}", caller="deploy (eu)", prefix="deploy.1")
    assert keys_and_names(made) == [("deploy.1/test.1", "deploy (eu) / test (1)")]


def test_rule_15_a_matrix_that_excludes_everything_runs_once_and_says_so(opened: Opened) -> None:
    made = opened("    strategy: {matrix: {v: [1], exclude: [{v: 1}]}}")
    assert keys_and_names(made) == [("test", "test")]
    (notice,) = made.notices
    assert (notice.severity, notice.message) == (Severity.WARNING, "Every combination of the matrix is excluded")


def test_fail_fast_and_max_parallel_come_from_expressions(opened: Opened) -> None:
    job = "    strategy:\n      fail-fast: ${{ inputs.quick }}\n      max-parallel: ${{ inputs.wide }}\n"
    made = opened(job, inputs={"quick": False, "wide": 3})
    assert (made.fail_fast, made.max_parallel) == (False, 3)
    assert opened("    strategy: {max-parallel: 0, matrix: {v: [1]}}").max_parallel is None


@pytest.mark.parametrize(
    ("strategy", "place"),
    [
        ("fail-fast: ${{ format('no') }}", "7:18"),
        ("max-parallel: ${{ format('many') }}", "7:21"),
        ("max-parallel: ${{ NaN }}", "7:21"),
        ("matrix: {v: []}", "7:19"),
        ("matrix: ${{ fromJSON('x') }}", "7:15"),
    ],
)
def test_a_bad_strategy_is_a_diagnostic_at_its_place(opened: Opened, strategy: str, place: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        opened(f"    strategy:\n      {strategy}")
    assert [str(found.span) for found in caught.value.diagnostics] == [f"ci.yml:{place}"]


def test_a_name_that_can_not_be_evaluated_is_a_diagnostic(opened: Opened) -> None:
    with pytest.raises(InvalidInputError, match="Error when evaluating 'name' for job 'test'"):
        opened("    name: ${{ fromJSON('{') }}")


def test_a_planned_job_is_named_as_written(read_workflow: Callable[[str], Workflow]) -> None:
    workflow = read_workflow("""
on: push
jobs:
  a: {runs-on: u, steps: [{run: x}]}
  b: {name: Build it, runs-on: u, steps: [{run: x}]}
  c: {name: "${{ github.ref }}", runs-on: u, steps: [{run: x}]}
""")
    assert [static_name(job) for job in workflow.jobs.values()] == ["a", "Build it", "c"]


def test_the_matrix_context_is_the_legs_values(opened: Opened) -> None:
    made = opened("    strategy: {matrix: {v: [1]}}")
    context = matrix_context(made.runs[0])
    assert isinstance(context, Dictionary)
    assert to_python(context) == {"v": 1}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Tests on ${{ matrix.os }}", "Tests on …"),
        ("Py ${{ matrix.v }}${{ matrix.dbg }} on ${{ matrix.os }}", "Py … on …"),
        ("${{ matrix.os }}", "a"),
        ("${{ matrix.os }} / ${{ matrix.x }}", "a"),
        ("Plain", "Plain"),
    ],
)
def test_a_name_before_its_values_are_known(read_workflow: Callable[[str], Workflow], name: str, shown: str) -> None:
    workflow = read_workflow(f"on: push\njobs: {{a: {{name: '{name}', runs-on: x, steps: []}}}}")
    assert static_name(workflow.jobs["a"]) == shown
