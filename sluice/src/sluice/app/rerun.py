"""Run a run again: its workflow, event and inputs, on the working tree as it stands now."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sluice.app.history import find_run, load_state, open_store
from sluice.app.options import RunOptions
from sluice.app.repository import read_workflows
from sluice.app.run import run_workflows
from sluice.app.setting import Repeat
from sluice.events.state import RunState
from sluice.plan.graph import build_graph, select_failed
from sluice.plan.results import End
from sluice.source.errors import UsageError


def rerun(name: str, options: RunOptions, *, failed: bool) -> int:
    """Repeat a run, or with ``failed`` only what failed in it and what depends on that."""
    with open_store() as store:
        row = find_run(store, name)
        if row.status != "completed":
            raise UsageError(f"Run {row.run} is still {row.status}", hint=f"sluice cancel {row.run}")
        state = load_state(store, row.run)
        kept = _kept(state) if failed else {}
        artifacts = store.folder(row.run) / "artifacts"
    repeated = _options(state, options)
    attempt = state.facts.attempt + 1 if state.facts else 2
    number = state.facts.number if state.facts else 1
    repeat = Repeat(run=state.run, attempt=attempt, number=number, kept=kept, artifacts=artifacts if failed else None)
    return run_workflows(repeated, repeat)


def _options(state: RunState, options: RunOptions) -> RunOptions:
    facts = state.facts
    if facts is None:
        raise UsageError(f"Run {state.run} was never told: nothing is known to repeat")
    asked = facts.asked
    return replace(
        options,
        paths=(str(Path(facts.root) / facts.workflow_file),),
        event=facts.trigger,
        event_file=Path(asked.event_file) if asked.event_file else None,
        activity=asked.activity,
        ref=asked.ref or (facts.ref if facts.ref.startswith("refs/tags/") else None),
        base=asked.base,
        labels=asked.labels,
        inputs={key: _text(value) for key, value in facts.inputs.items()}
        if facts.trigger == "workflow_dispatch"
        else {},
        jobs=facts.selected,
        alone=asked.alone,
        variables=asked.variables,
        actions={name: Path(folder) for name, folder in asked.actions.items()},
        offline=asked.offline,
        strict=asked.strict,
        isolation=asked.isolation,
        forced=True,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kept(state: RunState) -> dict[str, End]:
    """The ends that stand: of whole nodes, and of the legs of a matrix that passed."""
    facts = state.facts
    if facts is None:
        return {}
    root = Path(facts.root)
    (read,) = read_workflows(root, [root / facts.workflow_file])
    graph = build_graph(read.workflow)
    conclusions = {key: job.conclusion for key, job in state.jobs.items() if job.conclusion is not None}
    selection = select_failed(graph, conclusions)
    if not selection.nodes and state.conclusion == "success":
        raise UsageError(f"Nothing failed in run {state.run}", hint=f"sluice rerun {state.run} repeats all of it")
    kept: dict[str, End] = {}
    for key, job in state.jobs.items():
        stands = "/" not in key and job.conclusion is not None
        if stands and job.conclusion is not None and not selection.takes_run(job.node, key):
            kept[key] = End(conclusion=job.conclusion, outputs=job.outputs, unavailable=job.unavailable)
    return kept
