from collections.abc import Callable

import pytest

from sluice.plan.graph.building import build_graph, dependents, select_failed, select_jobs, topological_order
from sluice.plan.graph.model import Graph
from sluice.source.errors import UsageError
from sluice.workflow.model import Workflow

WORKFLOW = """
on: push
jobs:
  deploy: {needs: [build, image], runs-on: u, steps: [{run: x}]}
  lint: {runs-on: u, steps: [{run: x}]}
  build: {needs: Lint, runs-on: u, steps: [{run: x}]}
  image: {needs: [lint, test], runs-on: u, steps: [{run: x}]}
  test: {runs-on: u, strategy: {matrix: {n: [1, 2]}}, steps: [{run: x}]}
  many: {runs-on: u, strategy: {matrix: "${{ fromJSON(vars.MANY) }}"}, steps: [{run: x}]}
"""


@pytest.fixture
def graph(read_workflow: Callable[[str], Workflow]) -> Graph:
    return build_graph(read_workflow(WORKFLOW))


def test_nodes_carry_the_keys_of_their_needs_whatever_their_case(graph: Graph) -> None:
    assert {key: node.needs for key, node in graph.nodes.items()} == {
        "deploy": ("build", "image"),
        "lint": (),
        "build": ("lint",),
        "image": ("lint", "test"),
        "test": (),
        "many": (),
    }
    assert graph.ancestors("deploy") == {"build", "image", "lint", "test"}


def test_a_called_workflow_has_the_calling_job_runs_key_in_front(read_workflow: Callable[[str], Workflow]) -> None:
    graph = build_graph(read_workflow(WORKFLOW), prefix="release.2")
    assert graph.nodes["release.2/build"].needs == ("release.2/lint",)
    assert graph.prefix == "release.2"


def test_the_order_keeps_needs_first_and_otherwise_the_files_order(graph: Graph) -> None:
    assert topological_order(graph) == ("lint", "test", "many", "build", "image", "deploy")


def test_dependents_go_all_the_way_down(graph: Graph) -> None:
    assert dependents(graph, ["test"]) == {"image", "deploy"}
    assert dependents(graph, ["lint", "build"]) == {"image", "deploy"}
    assert dependents(graph, ["deploy"]) == frozenset()


def test_a_job_is_selected_with_or_without_what_it_needs(graph: Graph) -> None:
    assert select_jobs(graph, ["image"], with_needs=True).nodes == {"image", "lint", "test"}
    assert select_jobs(graph, ["IMAGE"], with_needs=False).nodes == {"image"}
    assert select_jobs(graph, ["build", "test"], with_needs=False).nodes == {"build", "test"}


def test_one_leg_of_a_matrix_is_selected_by_its_key(graph: Graph) -> None:
    selection = select_jobs(graph, ["test.2"], with_needs=True)
    assert selection.takes("test")
    assert selection.takes_run("test", "test.2")
    assert not selection.takes_run("test", "test.1")
    assert not selection.takes("lint")


def test_a_job_asked_for_as_a_whole_or_needed_runs_all_its_legs(graph: Graph) -> None:
    assert select_jobs(graph, ["test.2", "test"], with_needs=False).takes_run("test", "test.1")
    assert select_jobs(graph, ["test.2", "image"], with_needs=True).takes_run("test", "test.1")
    assert not select_jobs(graph, ["test.2", "image"], with_needs=False).takes_run("test", "test.1")


def test_an_unknown_job_is_a_usage_error_with_what_there_is(graph: Graph) -> None:
    with pytest.raises(UsageError) as caught:
        select_jobs(graph, ["biuld"], with_needs=True)
    assert (caught.value.message, caught.value.hint) == (
        "there is no job 'biuld' in this workflow",
        "did you mean 'build'?",
    )
    with pytest.raises(UsageError) as caught:
        select_jobs(graph, ["zzz.1"], with_needs=True)
    assert caught.value.hint == "the jobs are: deploy, lint, build, image, test, many"


def test_rerunning_what_failed_takes_failed_legs_and_all_that_depends_on_them(graph: Graph) -> None:
    selection = select_failed(
        graph,
        {
            "lint": "success",
            "test.1": "success",
            "test.2": "failure",
            "test.3": "cancelled",
            "build": "success",
            "image": "skipped",
            "deploy": "skipped",
        },
    )
    assert selection.nodes == {"test", "image", "deploy"}
    assert selection.legs == {"test": frozenset({"test.2", "test.3"})}


def test_rerunning_takes_a_failed_dependent_of_a_failed_job_as_a_whole(graph: Graph) -> None:
    selection = select_failed(graph, {"lint": "failure", "build.1": "failure", "build.2": "success"})
    assert selection.nodes == {"lint", "build", "image", "deploy"}
    assert selection.takes_run("build", "build.2")


def test_rerunning_finds_what_failed_below_a_calling_job(read_workflow: Callable[[str], Workflow]) -> None:
    ends = {"deploy.1": "failure", "deploy.1/lint": "success", "deploy.1/test.2": "failure", "deploy.2/test": "failure"}
    top = select_failed(build_graph(read_workflow(WORKFLOW)), ends)  # type: ignore[arg-type] # literals in a dict
    assert top.nodes == {"deploy"}
    assert top.legs == {"deploy": frozenset({"deploy.1", "deploy.2"})}
    below = select_failed(build_graph(read_workflow(WORKFLOW), "deploy.1"), ends)  # type: ignore[arg-type] # as above
    assert below.nodes == {"deploy.1/test", "deploy.1/image", "deploy.1/deploy"}
    assert below.legs == {"deploy.1/test": frozenset({"deploy.1/test.2"})}


def test_nothing_is_repeated_when_nothing_failed(graph: Graph) -> None:
    assert select_failed(graph, {"lint": "success", "test": "skipped"}).nodes == frozenset()


def test_a_narrowed_graph_forgets_needs_that_are_left_out(graph: Graph) -> None:
    narrowed = graph.narrowed(frozenset({"image", "test"}))
    assert {key: node.needs for key, node in narrowed.nodes.items()} == {"image": ("test",), "test": ()}


@pytest.mark.parametrize(
    ("name", "there"), [("test.3", "test.1, test.2"), ("Test.0", "test.1, test.2"), ("lint.1", "lint")]
)
def test_a_leg_that_a_written_matrix_can_not_have_is_a_usage_error(graph: Graph, name: str, there: str) -> None:
    with pytest.raises(UsageError) as caught:
        select_jobs(graph, [name], with_needs=True)
    assert (caught.value.message, caught.value.hint) == (
        f"there is no job '{name}' in this workflow",
        f"there are {there}" if "," in there else f"there is {there}",
    )


def test_a_leg_of_a_matrix_that_an_expression_makes_is_believed(graph: Graph) -> None:
    assert select_jobs(graph, ["many.9"], with_needs=True).takes_run("many", "many.9")
