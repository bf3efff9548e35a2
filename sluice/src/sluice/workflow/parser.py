"""Tokens to the typed workflow (stop-gap: the schema-driven parser takes its place)."""

from __future__ import annotations

from sluice.expressions.parser import parse_expression
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.model import (
    ActionStep,
    Concurrency,
    Condition,
    InputDefinition,
    InputType,
    Job,
    Located,
    NormalJob,
    OutputDefinition,
    ReusableJob,
    RunDefaults,
    RunStep,
    SecretDefinition,
    SecretsInherit,
    Step,
    Strategy,
    Trigger,
    Workflow,
)
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)
from sluice.workflow.yaml_reader import Reader

_STATUS = ("success(", "failure(", "cancelled(", "always(")


def parse_workflow(text: str, file: str) -> tuple[Workflow | None, list[Diagnostic]]:
    reader = Reader(text, file)
    root = reader.read()
    if not isinstance(root, MappingToken):
        return None, reader.found
    builder = Builder(reader)
    return builder.workflow(root), reader.found


def entry(token: Token | None, key: str) -> Token | None:
    if not isinstance(token, MappingToken):
        return None
    found = token.get(key)
    return None if isinstance(found, NullToken) else found


def words(token: Token | None) -> tuple[str, ...] | None:
    if token is None:
        return None
    if isinstance(token, SequenceToken):
        return tuple(text(item) for item in token.items)
    return (text(token),)


def text(token: Token | None) -> str:
    match token:
        case StringToken(value=value):
            return value
        case ExpressionToken(raw=raw):
            return raw
        case NumberToken(raw=raw):
            return raw
        case BooleanToken(value=value):
            return "true" if value else "false"
        case _:
            return ""


class Builder:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def workflow(self, root: MappingToken) -> Workflow:
        name = entry(root, "name")
        return Workflow(
            file=self.reader.file,
            name=Located(text(name), name.span) if name else None,
            run_name=entry(root, "run-name"),
            triggers=self.triggers(entry(root, "on")),
            permissions=None,
            env=entry(root, "env"),
            defaults=self.defaults(entry(root, "defaults")),
            concurrency=self.concurrency(entry(root, "concurrency")),
            jobs={
                key.value: self.job(key.value, value) for key, value in (entry(root, "jobs") or root).literal_items()
            },
        )

    def triggers(self, token: Token | None) -> dict[str, Trigger]:
        if isinstance(token, MappingToken):
            return {
                key.value: self.trigger(Located(key.value, key.span), value) for key, value in token.literal_items()
            }
        if token is None:
            return {}
        return {word: Trigger(event=Located(word, token.span)) for word in words(token) or ()}

    def trigger(self, event: Located[str], token: Token) -> Trigger:
        if event.value == "schedule" and isinstance(token, SequenceToken):
            lines = tuple(
                (Located(text(entry(item, "cron")), item.span), text(entry(item, "timezone")) or None)
                for item in token.items
            )
            return Trigger(event=event, cron=lines)
        names = ("types", "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "workflows")
        filters = {name.replace("-", "_"): words(entry(token, name)) for name in names}
        inputs = entry(token, "inputs")
        secrets = entry(token, "secrets")
        outputs = entry(token, "outputs")
        return Trigger(
            event=event,
            **filters,
            inputs={k.value: self.input(k, v) for k, v in inputs.literal_items()}
            if isinstance(inputs, MappingToken)
            else {},
            secrets={
                k.value: SecretDefinition(name=Located(k.value, k.span), required=text(entry(v, "required")) == "true")
                for k, v in secrets.literal_items()
            }
            if isinstance(secrets, MappingToken)
            else {},
            outputs={
                k.value: OutputDefinition(name=Located(k.value, k.span), value=entry(v, "value") or k)
                for k, v in outputs.literal_items()
            }
            if isinstance(outputs, MappingToken)
            else {},
        )

    def input(self, key: StringToken, token: Token) -> InputDefinition:
        return InputDefinition(
            name=Located(key.value, key.span),
            description=text(entry(token, "description")) or None,
            type=InputType(text(entry(token, "type")) or "string"),
            required=text(entry(token, "required")) == "true",
            default=entry(token, "default"),
            options=words(entry(token, "options")) or (),
        )

    def defaults(self, token: Token | None) -> RunDefaults | None:
        run = entry(token, "run")
        return (
            RunDefaults(shell=entry(run, "shell"), working_directory=entry(run, "working-directory")) if run else None
        )

    def concurrency(self, token: Token | None) -> Concurrency | None:
        if token is None:
            return None
        if isinstance(token, MappingToken):
            return Concurrency(
                span=token.span,
                group=entry(token, "group") or token,
                cancel_in_progress=entry(token, "cancel-in-progress"),
                queue=text(entry(token, "queue")) or "single",
            )
        return Concurrency(span=token.span, group=token, cancel_in_progress=None, queue="single")

    def condition(self, token: Token | None, span: Span, default: str = "success()") -> Condition:
        if token is None:
            return Condition(span=span, source=default, expression=parse_expression(default), written=None)
        written = token.source if isinstance(token, ExpressionToken) else text(token)
        source = written or default
        if written and not any(word in written.lower() for word in _STATUS):
            source = f"success() && ({written})"
        parsed = self.reader.parsed(token.span, source, written)
        expression = parsed.expression if isinstance(parsed, ExpressionToken) else parse_expression("false")
        return Condition(span=token.span, source=source, expression=expression, written=written)

    def job(self, name: str, token: Token) -> Job:
        needs = entry(token, "needs")
        strategy = entry(token, "strategy")
        common = dict(
            span=token.span,
            id=name,
            name=entry(token, "name"),
            needs=tuple(Located(need, needs.span) for need in words(needs) or ()) if needs else (),
            condition=self.condition(entry(token, "if"), token.span),
            strategy=Strategy(
                span=strategy.span,
                matrix=entry(strategy, "matrix"),
                fail_fast=entry(strategy, "fail-fast"),
                max_parallel=entry(strategy, "max-parallel"),
            )
            if strategy
            else None,
            concurrency=self.concurrency(entry(token, "concurrency")),
            permissions=None,
        )
        uses = entry(token, "uses")
        if uses is not None:
            secrets = entry(token, "secrets")
            return ReusableJob(
                **common,
                uses=Located(text(uses), uses.span),
                inputs=entry(token, "with"),
                secrets=SecretsInherit.INHERIT if text(secrets) == "inherit" else secrets,
            )
        return NormalJob(
            **common,
            runs_on=entry(token, "runs-on"),
            environment=entry(token, "environment"),
            env=entry(token, "env"),
            defaults=self.defaults(entry(token, "defaults")),
            steps=self.steps(entry(token, "steps")),
            timeout_minutes=entry(token, "timeout-minutes"),
            cancel_timeout_minutes=entry(token, "cancel-timeout-minutes"),
            continue_on_error=entry(token, "continue-on-error"),
            container=entry(token, "container"),
            services=entry(token, "services"),
            outputs=entry(token, "outputs"),
        )

    def steps(self, token: Token | None) -> tuple[Step, ...]:
        taken: dict[str, int] = {}
        return tuple(self.step(item, taken) for item in token.items) if isinstance(token, SequenceToken) else ()

    def step(self, token: Token, taken: dict[str, int]) -> Step:
        uses, run = entry(token, "uses"), entry(token, "run")
        given = text(entry(token, "id"))
        base = "__run" if run is not None else "__" + text(uses).split("@")[0].replace("/", "_").replace(".", "_")
        taken[base] = taken.get(base, 0) + 1
        made = base if taken[base] == 1 else f"{base}_{taken[base]}"
        common = dict(
            span=token.span,
            id=given or made,
            named_id=bool(given),
            name=entry(token, "name"),
            condition=self.condition(entry(token, "if"), token.span),
            continue_on_error=entry(token, "continue-on-error"),
            timeout_minutes=entry(token, "timeout-minutes"),
            env=entry(token, "env"),
        )
        if uses is not None:
            return ActionStep(**common, uses=Located(text(uses), uses.span), inputs=entry(token, "with"))
        return RunStep(
            **common, run=run, shell=entry(token, "shell"), working_directory=entry(token, "working-directory")
        )
