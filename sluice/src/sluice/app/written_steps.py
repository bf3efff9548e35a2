"""The steps that a job is written to have, with those of the composite actions that it uses, before anything runs.

In: a job, its repository, the repositories that are here. Out: the steps of each leg, each with what is known of its
inputs. What an earlier step makes, a job's outputs or the event decide is not known yet, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from msgspec import Struct

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.repositories import OF_THE_REPOSITORY, Repositories, inside
from sluice.actions.resolve import DEEPEST_NESTING, manifest_in, manifest_of
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary
from sluice.plan.graph.matrix import expand_matrix
from sluice.source.errors import SluiceError
from sluice.workflow.evaluation import Scope, evaluate_text, evaluate_token
from sluice.workflow.model import ActionManifest, ActionStep, ActionUsing, NormalJob, Step


class WrittenStep(Struct, frozen=True, kw_only=True):
    """A step; ``certain`` when no condition stands before it; ``scope`` is what its expressions may name already."""

    step: Step
    scope: Scope
    certain: bool

    def value_of(self, name: str) -> str | None:
        """An input of an action as it is written; ``None`` where it isn't, or can't be known yet."""
        given = self.step.written_inputs if isinstance(self.step, ActionStep) else ()
        token = next((token for key, token in given if key.value.lower() == name), None)
        with suppress(SluiceError):
            return evaluate_text(token, self.scope) if token is not None else None
        return None


class Reader(Struct, frozen=True, kw_only=True):
    """Reads steps; ``repositories`` say what is here already: they must be offline."""

    root: Path
    repositories: Repositories

    def steps_of(self, job: NormalJob) -> tuple[WrittenStep, ...]:
        """Of each leg of the matrix, in order."""
        manifest = cache(self._manifest)  # of as many legs as there are

        def within(steps: Sequence[Step], scope: Scope, certain: bool, way: tuple[str, ...]) -> Iterator[WrittenStep]:
            for step in steps:
                sure = certain and step.condition.written is None
                yield WrittenStep(step=step, scope=scope, certain=sure)
                if not isinstance(step, ActionStep) or step.uses.value in way or len(way) >= DEEPEST_NESTING:
                    continue  # the engine refuses one that uses itself; its steps were read once
                if (used := manifest(step.uses.value)) is not None:
                    yield from within(used.steps, _inner(step, used, scope), sure, (*way, step.uses.value))

        return tuple(one for scope in _legs(job) for one in within(job.steps, scope, True, ()))

    def _manifest(self, uses: str) -> ActionManifest | None:
        """A composite action that is here: the repository's own, or one that was fetched before."""
        if uses.startswith("docker:") or uses.partition("@")[0].lower() in BUILTINS:
            return None
        with suppress(SluiceError, OSError):
            if uses.startswith(OF_THE_REPOSITORY):
                found = manifest_in(uses, inside(self.root, uses[2:], uses))
            else:
                found = manifest_of(uses, self.repositories)
            return found if found.using is ActionUsing.COMPOSITE else None
        return None


def _legs(job: NormalJob) -> Sequence[Scope]:
    """What the matrix gives; nothing where another job's outputs make it."""
    if job.strategy is not None and job.strategy.matrix is not None:
        with suppress(SluiceError):
            legs = expand_matrix(job.strategy.matrix, Scope(contexts={}))
            return [Scope(contexts={"matrix": leg.values}) for leg in legs]
    return [Scope(contexts={})]


def _inner(step: ActionStep, used: ActionManifest, scope: Scope) -> Scope:
    """What the steps of a composite see; no ``inputs`` at all where one of them can't be known yet."""
    tokens = {name: found.default for name, found in used.inputs.items() if found.default is not None}
    names = {name.lower(): name for name in used.inputs}
    tokens |= {names.get(key.value.lower(), key.value): token for key, token in step.written_inputs}
    contexts = {name: value for name, value in scope.contexts.items() if name != "inputs"}
    with suppress(SluiceError):
        inputs = Dictionary({name: to_text(evaluate_token(token, scope)) for name, token in tokens.items()})
        return Scope(contexts={**contexts, "inputs": inputs})
    return Scope(contexts=contexts)
