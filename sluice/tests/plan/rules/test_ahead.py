from collections.abc import Callable

import pytest

from sluice.expressions.values import Dictionary
from sluice.plan.graph.building import build_graph
from sluice.plan.rules.ahead import surely_skipped
from sluice.workflow.model import Workflow

Read = Callable[[str], Workflow]


@pytest.fixture
def skipped(read_workflow: Read) -> Callable[..., set[str]]:
    def find(*jobs: str) -> set[str]:
        lines = "\n".join(
            f"  {job.split(':')[0]}: {{runs-on: u, steps: [{{run: x}}]{job.partition(':')[2]}}}" for job in jobs
        )
        github = Dictionary({"ref": "refs/heads/main", "event_name": "push"})
        contexts = {"github": github, "inputs": Dictionary(), "vars": Dictionary()}
        return set(surely_skipped(build_graph(read_workflow(f"on: push\njobs:\n{lines}\n")), contexts))

    return find


TAGS = ", if: \"startsWith(github.ref, 'refs/tags/')\""


def test_a_condition_on_the_event_is_told_before_the_run(skipped: Callable[..., set[str]]) -> None:
    assert skipped("a:", f"release:{TAGS}") == {"release"}
    assert skipped("a:, if: \"github.event_name == 'push'\"", "b:, if: always()") == set()


def test_what_needs_a_skipped_job_is_skipped_unless_it_says_otherwise(skipped: Callable[..., set[str]]) -> None:
    jobs = (f"release:{TAGS}", "after:, needs: release", "far:, needs: after", "always:, needs: release, if: always()")
    assert skipped(*jobs) == {"release", "after", "far"}


def test_a_condition_on_other_jobs_may_come_true(skipped: Callable[..., set[str]]) -> None:
    on_output = ", needs: a, if: needs.a.outputs.go == 'yes'"
    assert skipped("a:", f"b:{on_output}") == set()
    assert skipped("a:", "b:, needs: a, if: failure()", "c:, needs: b, if: always()") == set()
    assert skipped(f"a:{TAGS}", f"b:{on_output}") == {"a", "b"}
    assert skipped(f"a:{TAGS}", "b:, needs: a, if: \"!cancelled() && needs.a.result == 'skipped'\"") == {"a"}
