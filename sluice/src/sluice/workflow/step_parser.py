"""Steps, of jobs and of composite actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict

from msgspec.structs import replace

from sluice.source.positions import Span
from sluice.source.suggestions import did_you_mean
from sluice.workflow.fields import Fields, Problems, literal
from sluice.workflow.identifiers import identifier_problem
from sluice.workflow.model import ActionStep, CancelStep, Condition, Located, RunStep, Step, WaitStep
from sluice.workflow.tokens import MappingToken, SequenceToken, StringToken, Token

_SHARED = ("id", "name", "if", "continue-on-error", "env")
_RUN_KEYS = (*_SHARED, "run", "shell", "working-directory")
_ACTION_KEYS = (*_SHARED, "uses", "with")
_JOB_KEYS = ("timeout-minutes", "background")
"""What only the steps of a job have, not those of a composite action."""
_WAIT_KEYS = ("id", "name", "continue-on-error", "wait", "wait-all", "cancel")
_USES = re.compile(r"docker://.*|\.{0,2}[/\\].*|\$/.*|\.|[^@/]+/[^@]+@.+", re.DOTALL)


LONGEST_ID = 100


class Names:
    """Ids of one list of steps: the author's, and generated ones that count collisions (semantics 28).

    ``composite`` says whose steps they are: an action's, or a job's.
    """

    def __init__(self, problems_of: Fields, *, composite: bool = False) -> None:
        self.composite = composite
        self._fields = problems_of
        self._given: set[str] = set()
        self._made: dict[str, int] = {}

    def name(self, fields: Fields, base: str) -> tuple[str, bool]:
        """The step's id and whether the author gave it."""
        fields.filled("id")
        given = fields.located("id")
        if given is None:
            self._made[base] = self._made.get(base, 0) + 1
            return (base if self._made[base] == 1 else f"{base}_{self._made[base]}"), False
        self._check(given)
        return given.value, True

    def _check(self, given: Located[str]) -> None:
        problems = self._fields.problems
        message = identifier_problem(given.value)
        if message is not None:
            problems.add(given.span, "step-id", message)
        if given.value.lower() in self._given:
            message = f"The identifier '{given.value}' may not be used more than once within the same scope."
            problems.add(given.span, "step-id", message)
        self._given.add(given.value.lower())


class _Common(TypedDict):
    """What every written step has."""

    span: Span
    id: str
    named_id: bool
    name: Token | None
    condition: Condition


class _Work(TypedDict):
    """What a step has that does something."""

    continue_on_error: Token | None
    timeout_minutes: Token | None
    env: MappingToken | Token | None
    background: bool


def parse_steps(parent: Fields, *, composite: bool = False) -> tuple[Step, ...]:
    """The steps in order, of a job or of a ``composite`` action."""
    token = parent.sequence("steps")
    if not isinstance(token, SequenceToken):
        return ()
    names = Names(parent, composite=composite)
    return tuple(step for item in token.items for step in _steps_of(item, names, parent))


def _steps_of(token: Token, names: Names, parent: Fields) -> tuple[Step, ...]:
    """One step, or those of a ``parallel`` group: background steps and a wait for them (semantics 29)."""
    group = token.get("parallel") if isinstance(token, MappingToken) and not names.composite else None
    if group is None:
        step = _step(token, names, parent)
        return () if step is None else (step,)
    Fields(token, parent.problems, token.span).check(("parallel",))
    if not isinstance(group, SequenceToken):
        parent.problems.add(group.span, "unexpected-type", "A sequence was expected", hint="steps begin with '- '")
        return ()
    steps = [step for item in group.items if (step := _step(item, names, parent)) is not None]
    beside = [replace(step, background=True) for step in steps if isinstance(step, RunStep | ActionStep)]
    for step in steps:
        if not isinstance(step, RunStep | ActionStep):
            message = "Only steps with `run` or `uses` can run in parallel"
            parent.problems.add(step.span, "parallel", message)
    return (*beside, _wait_for(beside, token, names))


def _wait_for(steps: Sequence[Step], token: Token, names: Names) -> WaitStep:
    fields = Fields(None, Problems([]), token.span)
    name, _ = names.name(fields, "__wait")
    return WaitStep(
        span=token.span,
        id=name,
        named_id=False,
        name=None,
        condition=fields.condition("if", "always()"),
        continue_on_error=None,
        timeout_minutes=None,
        ids=tuple(step.id for step in steps),
    )


def _step(token: Token, names: Names, parent: Fields) -> Step | None:
    fields = Fields(token, parent.problems, token.span)
    if fields.has("run"):
        return _run_step(fields, names)
    if fields.get("uses") is not None:
        return _action_step(fields, names)
    if not names.composite and any(fields.has(key) for key in ("wait", "wait-all", "cancel")):
        return _wait_step(fields, names)
    missing = "uses" if fields.has("with") else "run" if fields.has("shell") else "uses"
    word = literal(token)
    message = f"Unexpected value '{word}'" if word else f"Required property is missing: {missing}"
    parent.problems.add(token.span, "required-property", message, hint=_meant(token))
    return None


def _meant(token: Token) -> str:
    """The key that a step without ``run`` and ``uses`` probably has under another name, or both of them."""
    keys = [key.value for key, _ in token.literal_items()] if isinstance(token, MappingToken) else []
    guesses = (did_you_mean(key, ("run", "uses")) for key in keys)
    return next((guess for guess in guesses if guess), "a step has `run` or `uses`")


def _common(fields: Fields, names: Names, base: str) -> _Common:
    name, given = names.name(fields, base)
    condition = fields.condition("if")
    return _Common(span=fields.span, id=name, named_id=given, name=fields.plain("name"), condition=condition)


def _work(fields: Fields) -> _Work:
    return _Work(
        continue_on_error=fields.boolean("continue-on-error"),
        timeout_minutes=fields.number("timeout-minutes"),
        env=fields.texts("env"),
        background=fields.flag("background"),
    )


def _run_step(fields: Fields, names: Names) -> RunStep:
    fields.check(_keys(_RUN_KEYS, names))
    return RunStep(
        **_common(fields, names, "__run"),
        **_work(fields),
        run=_present(fields, "run"),
        shell=_shell(fields, composite=names.composite),
        working_directory=fields.plain("working-directory"),
    )


def _keys(keys: tuple[str, ...], names: Names) -> tuple[str, ...]:
    return keys if names.composite else (*keys, *_JOB_KEYS)


def _shell(fields: Fields, *, composite: bool) -> Token | None:
    """An action has no defaults to take a shell from, but may be told which one; a workflow has it in writing."""
    if composite:
        return fields.required_text("shell")
    fields.filled("shell")
    fields.no_expression("shell")
    return fields.plain("shell")


def _action_step(fields: Fields, names: Names) -> ActionStep:
    fields.check(_keys(_ACTION_KEYS, names))
    uses = fields.located("uses") or Located("", fields.span)
    fields.no_expression("uses")
    if not _USES.fullmatch(uses.value) and "${{" not in uses.value:
        message = f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{uses.value}'"
        fields.problems.add(uses.span, "uses", message)
    return ActionStep(
        **_common(fields, names, _action_id(uses.value)),
        **_work(fields),
        uses=uses,
        inputs=fields.texts("with"),
    )


def _wait_step(fields: Fields, names: Names) -> Step:
    fields.check(_WAIT_KEYS)
    target = fields.text("cancel")
    common = _common(fields, names, "__cancel" if target else "__wait")
    if target:
        return CancelStep(**common, target=target)
    return WaitStep(
        **common,
        continue_on_error=fields.boolean("continue-on-error"),
        timeout_minutes=None,
        ids=None if fields.has("wait-all") else fields.words("wait"),
    )


def _present(fields: Fields, name: str) -> Token:
    return fields.plain(name) or StringToken(span=fields.span, value="")


def _action_id(uses: str) -> str:
    """``actions/checkout@v4`` gives ``__actions_checkout``; a local action or an image its own word."""
    if uses.startswith("./"):
        return "__self"
    if uses.startswith("docker://"):
        return _made_of(uses.removeprefix("docker://"))
    return _made_of(uses.partition("@")[0])


def _made_of(words: str) -> str:
    return ("__" + re.sub(r"[^A-Za-z0-9_-]", "_", words))[:LONGEST_ID]
