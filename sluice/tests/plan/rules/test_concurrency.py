from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.expressions.values import from_python
from sluice.plan.rules.concurrency import (
    Cancelled,
    Claim,
    Granted,
    Group,
    Groups,
    Order,
    Queued,
    claim_of,
    release,
    request,
)
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Workflow


class Machine:
    """Keeps the state between calls."""

    def __init__(self) -> None:
        self.groups = Groups()

    def claim(self, owner: str, group: str = "deploy", **more: object) -> tuple[Order, ...]:
        claim = Claim(owner=owner, group=group, **more)  # type: ignore[arg-type] # the test's keyword arguments
        self.groups, orders = request(self.groups, claim)
        return orders

    def end(self, owner: str) -> tuple[Order, ...]:
        self.groups, orders = release(self.groups, owner)
        return orders


@pytest.fixture
def machine() -> Machine:
    return Machine()


NEWER = "a newer one asked for concurrency group 'deploy'"


def test_rule_17_one_runs_and_one_waits(machine: Machine) -> None:
    assert machine.claim("1") == (Granted(owner="1"),)
    assert machine.claim("2") == (Queued(owner="2", behind="1"),)
    assert machine.end("1") == (Granted(owner="2"),)
    assert machine.end("2") == ()
    assert machine.groups == Groups()


def test_rule_17_a_newer_pending_one_cancels_the_older(machine: Machine) -> None:
    machine.claim("1")
    machine.claim("2")
    assert machine.claim("3") == (Cancelled(owner="2", reason=NEWER), Queued(owner="3", behind="1"))
    assert machine.groups.of("deploy") == Group(running="1", pending=("3",))
    assert machine.end("2") == ()
    assert machine.end("1") == (Granted(owner="3"),)


def test_rule_17_group_names_ignore_case(machine: Machine) -> None:
    machine.claim("1", "Prod")
    assert machine.claim("2", "PROD") == (Queued(owner="2", behind="1"),)
    assert machine.claim("3", "staging") == (Granted(owner="3"),)


def test_rule_17_cancel_in_progress_cancels_the_running_and_the_pending_one(machine: Machine) -> None:
    machine.claim("1")
    machine.claim("2")
    assert machine.claim("3", cancel_in_progress=True) == (
        Cancelled(owner="1", reason=NEWER),
        Cancelled(owner="2", reason=NEWER),
        Queued(owner="3", behind="1"),
    )
    assert machine.end("1") == (Granted(owner="3"),)


def test_rule_17_queue_max_lets_up_to_100_wait_in_order(machine: Machine) -> None:
    machine.claim("first", queue="max")
    for number in range(100):
        assert machine.claim(str(number), queue="max") == (Queued(owner=str(number), behind="first"),)
    assert machine.claim("late", queue="max") == (
        Cancelled(owner="late", reason="100 already wait for concurrency group 'deploy'"),
    )
    assert machine.end("first") == (Granted(owner="0"),)
    assert machine.end("0") == (Granted(owner="1"),)


def test_one_that_gives_up_waiting_leaves_the_queue(machine: Machine) -> None:
    for owner in ("1", "2", "3"):
        machine.claim(owner, queue="max")
    assert machine.end("2") == ()
    assert machine.end("1") == (Granted(owner="3"),)


def test_one_owner_may_hold_several_groups(machine: Machine) -> None:
    machine.claim("1", "a")
    machine.claim("1", "b")
    machine.claim("2", "a")
    machine.claim("3", "b")
    assert machine.end("1") == (Granted(owner="2"), Granted(owner="3"))


def test_a_group_that_the_callers_run_holds_is_a_deadlock(machine: Machine) -> None:
    machine.claim("run")
    assert machine.claim("job", within=("run",)) == (
        Cancelled(owner="job", reason="a deadlock: concurrency group 'deploy' is held by 'run', which waits for 'job'"),
    )
    assert machine.groups.of("deploy") == Group(running="run")


@given(st.lists(st.tuples(st.sampled_from(["claim", "cancel", "max", "end"]), st.integers(0, 5)), max_size=30))
def test_whatever_happens_one_runs_and_nobody_waits_for_an_empty_group(steps: list[tuple[str, int]]) -> None:
    machine = Machine()
    inside: set[str] = set()
    for number, (what, which) in enumerate(steps):
        if what == "end":
            owner = sorted(inside)[which % len(inside)] if inside else "nobody"
            orders = machine.end(owner)
            inside.discard(owner)
        else:
            owner = f"{number:02}"
            inside.add(owner)
            orders = machine.claim(
                owner, cancel_in_progress=what == "cancel", queue="max" if what == "max" else "single"
            )
            inside -= {one.owner for one in orders if isinstance(one, Cancelled)} - {
                machine.groups.of("deploy").running or ""
            }
        group = machine.groups.of("deploy")
        assert ({group.running} if group.running else set()) | set(group.pending) == inside
        assert group.running or not group.pending


Read = Callable[[str], Workflow]


def claimed(read: Read, concurrency: str, **github: object) -> Claim:
    workflow = read(f"on: push\nconcurrency: {concurrency}\njobs:\n  a: {{runs-on: u, steps: [{{run: x}}]}}\n")
    assert workflow.concurrency is not None
    scope = Scope(contexts={"github": from_python(github)}, functions={})
    return claim_of(workflow.concurrency, "run", scope)


def test_a_claim_is_evaluated(read_workflow: Read) -> None:
    assert claimed(read_workflow, "'ci-${{ github.ref }}'", ref="main") == Claim(owner="run", group="ci-main")
    claim = claimed(read_workflow, "{group: x, cancel-in-progress: \"${{ github.ref != 'main' }}\"}", ref="dev")
    assert claim == Claim(owner="run", group="x", cancel_in_progress=True)
    assert claimed(read_workflow, "{group: x, queue: max}").queue == "max"
    chosen = "{group: x, queue: \"${{ github.ref == 'main' && 'max' || 'single' }}\"}"
    assert [claimed(read_workflow, chosen, ref=ref).queue for ref in ("main", "dev")] == ["max", "single"]


@pytest.mark.parametrize(
    ("concurrency", "message"),
    [
        ("'${{ github.nothing }}'", "Concurrency group name cannot be empty"),
        ("'${{ github.long }}'", "Concurrency group name must be less than 400 characters"),
        (
            "{group: x, queue: max, cancel-in-progress: '${{ github.yes }}'}",
            "'queue: max' and 'cancel-in-progress: true' can't be used together",
        ),
        ("{group: x, queue: '${{ github.text }}'}", "Unexpected value 'no'"),
        ("{group: x, cancel-in-progress: '${{ github.text }}'}", "Unexpected value 'no'"),
    ],
)
def test_a_bad_claim_is_a_diagnostic(read_workflow: Read, concurrency: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        claimed(read_workflow, concurrency, long="x" * 401, yes=True, text="no")
    (found,) = caught.value.diagnostics
    assert found.span.start.line == 2
    assert found.message.startswith(message)
