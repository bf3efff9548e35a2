"""Run a run again: its workflow, event and inputs, on the working tree as it stands now."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.app.running.occasion import BY_HAND
from sluice.app.running.options import RunOptions
from sluice.app.running.run import run_workflows
from sluice.app.running.setting import Repeat
from sluice.app.runs.history import find_run, load_state, open_store
from sluice.events.model import RunQueued
from sluice.events.state import RunState
from sluice.source.errors import UsageError
from sluice.store.runs.numbers import number_of


class Repeated(Struct, frozen=True, kw_only=True):
    """A run to repeat: how it ended, and where its artifacts are."""

    state: RunState
    facts: RunQueued
    artifacts: Path

    @property
    def command(self) -> tuple[str, ...]:
        """The words that started it, without the values of secrets; empty where no command line did."""
        return self.facts.command


def find_repeated(name: str) -> Repeated:
    """The run of this name, when it is over. Raises ``UsageError``."""
    with open_store() as store:
        row = find_run(store, name)
        if row.status != "completed":
            raise UsageError(f"Run {row.run} is still {row.status}", hint=f"sluice cancel {row.run}")
        state = load_state(store, row.run)
        artifacts = store.folder(row.run) / "artifacts"
    if state.facts is None:
        raise UsageError(f"Run {state.run} was never told: nothing is known to repeat")
    return Repeated(state=state, facts=state.facts, artifacts=artifacts)


def rerun(repeated: Repeated, options: RunOptions, *, failed: bool) -> int:
    """Repeat a run, or with ``failed`` only what failed in it and what depends on that."""
    state, facts = repeated.state, repeated.facts
    repeat = Repeat(
        run=state.run,
        run_id=facts.run_id or number_of(state.run),
        attempt=facts.attempt + 1,
        number=facts.number,
        failed=state if failed else None,
        artifacts=repeated.artifacts if failed else None,
    )
    return run_workflows(_options(facts, options), repeat)


def _options(facts: RunQueued, options: RunOptions) -> RunOptions:
    dispatched = facts.trigger in BY_HAND
    return replace(
        options,
        paths=(str(Path(facts.root) / facts.workflow_file),),
        event=facts.trigger,
        ref=None if facts.ref.startswith("refs/pull/") else facts.ref,
        inputs={key: _text(value) for key, value in facts.inputs.items()} if dispatched else {},
        jobs=facts.selected,
        forced=True,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
