"""YAML to the typed model, for what these tests look at: a short stand-in that believes every file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
import yaml

from sluice.expressions.parser import parse_expression
from sluice.source.positions import Position, Span
from sluice.workflow.model import (
    Access,
    Concurrency,
    Condition,
    InputDefinition,
    InputType,
    Job,
    Located,
    NormalJob,
    Permissions,
    ReusableJob,
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

Nodes = Mapping[str, yaml.Node]
_WHOLE = re.compile(r"\$\{\{((?:(?!\$\{\{).)*)\}\}")


@pytest.fixture
def read_workflow() -> Callable[[str], Workflow]:
    return read


def read(text: str) -> Workflow:
    root = fields(yaml.compose(text))
    return Workflow(
        file="ci.yml",
        name=located(root.get("name")),
        run_name=None,
        triggers=triggers(root["on"]),
        permissions=permissions(root.get("permissions")),
        env=None,
        defaults=None,
        concurrency=concurrency(root.get("concurrency")),
        jobs={key.value: job(key, value) for key, value in root["jobs"].value},
    )


def span(node: yaml.Node) -> Span:
    start, end = node.start_mark, node.end_mark
    return Span("ci.yml", Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1))


def fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def located(node: yaml.Node | None) -> Located[str] | None:
    return Located(node.value, span(node)) if node is not None else None


def texts(node: yaml.Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    return tuple(item.value for item in node.value) if isinstance(node, yaml.SequenceNode) else (node.value,)


def optional_token(node: yaml.Node | None) -> Token | None:
    return token(node) if node is not None else None


def token(node: yaml.Node) -> Token:
    if isinstance(node, yaml.MappingNode):
        entries = tuple((StringToken(span=span(key), value=key.value), token(value)) for key, value in node.value)
        return MappingToken(span=span(node), entries=entries)
    if isinstance(node, yaml.SequenceNode):
        return SequenceToken(span=span(node), items=tuple(token(item) for item in node.value))
    return scalar(node)


def scalar(node: yaml.Node) -> Token:
    text = node.value
    if "${{" in text:
        return expression(node)
    match node.tag.rpartition(":")[2]:
        case "null":
            return NullToken(span=span(node))
        case "bool":
            return BooleanToken(span=span(node), value=text.lower() == "true")
        case "int" | "float":
            return NumberToken(span=span(node), value=float(text), raw=text)
        case _:
            return StringToken(span=span(node), value=text)


def expression(node: yaml.Node) -> ExpressionToken:
    parts = [part.strip() for part in _WHOLE.findall(node.value)]
    if _WHOLE.fullmatch(node.value):
        source = parts[0]
    else:
        numbers = iter(range(len(parts)))
        source = f"format('{_WHOLE.sub(lambda _: f'{{{next(numbers)}}}', node.value)}', {', '.join(parts)})"
    return ExpressionToken(span=span(node), source=source, raw=node.value, expression=parse_expression(source))


def condition(node: yaml.Node | None, place: Span) -> Condition:
    if node is None:
        return Condition(span=place, source="success()", expression=parse_expression("success()"), written=None)
    source = node.value
    if not re.search(r"\b(success|failure|cancelled|always)\(", source):
        source = f"success() && ({source})"
    return Condition(span=span(node), source=source, expression=parse_expression(source), written=node.value)


def permissions(node: yaml.Node | None) -> Permissions | None:
    if node is None:
        return None
    if isinstance(node, yaml.ScalarNode):
        return Permissions(span=span(node), everything=Access(node.value.removesuffix("-all")))
    return Permissions(span=span(node), scopes={key: Access(value.value) for key, value in fields(node).items()})


def concurrency(node: yaml.Node | None) -> Concurrency | None:
    if node is None:
        return None
    given = fields(node)
    return Concurrency(
        span=span(node),
        group=token(given.get("group", node)),
        cancel_in_progress=optional_token(given.get("cancel-in-progress")),
        queue=given["queue"].value if "queue" in given else "single",
    )


def triggers(node: yaml.Node) -> dict[str, Trigger]:
    if isinstance(node, yaml.MappingNode):
        return {key.value: trigger(key, value) for key, value in node.value}
    names = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return {name.value: trigger(name, name) for name in names}


def trigger(key: yaml.Node, node: yaml.Node) -> Trigger:
    given = fields(node)
    return Trigger(
        event=Located(key.value, span(key)),
        types=texts(given.get("types")),
        branches=texts(given.get("branches")),
        branches_ignore=texts(given.get("branches-ignore")),
        tags=texts(given.get("tags")),
        tags_ignore=texts(given.get("tags-ignore")),
        paths=texts(given.get("paths")),
        paths_ignore=texts(given.get("paths-ignore")),
        workflows=texts(given.get("workflows")),
        cron=tuple(cron_line(fields(item)) for item in node.value) if key.value == "schedule" else (),
        inputs={name.value: definition(name, fields(value)) for name, value in inputs_of(given)},
    )


def inputs_of(given: Nodes) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(given["inputs"].value) if "inputs" in given else []


def cron_line(given: Nodes) -> tuple[Located[str], str | None]:
    zone = given.get("timezone")
    return Located(given["cron"].value, span(given["cron"])), zone.value if zone else None


def definition(name: yaml.Node, given: Nodes) -> InputDefinition:
    return InputDefinition(
        name=Located(name.value, span(name)),
        description=given["description"].value if "description" in given else None,
        type=InputType(given["type"].value) if "type" in given else InputType.STRING,
        required="required" in given and given["required"].value == "true",
        default=optional_token(given.get("default")),
        options=texts(given.get("options")) or (),
    )


def strategy(node: yaml.Node | None) -> Strategy | None:
    if node is None:
        return None
    given = fields(node)
    return Strategy(
        span=span(node),
        matrix=optional_token(given.get("matrix")),
        fail_fast=optional_token(given.get("fail-fast")),
        max_parallel=optional_token(given.get("max-parallel")),
    )


def job(key: yaml.Node, node: yaml.Node) -> Job:
    given = fields(node)
    return reusable_job(key, given) if "uses" in given else normal_job(key, given)


def needs(node: yaml.Node | None) -> tuple[Located[str], ...]:
    if node is None:
        return ()
    listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(Located(item.value, span(item)) for item in listed)


def reusable_job(key: yaml.Node, given: Nodes) -> ReusableJob:
    arguments = optional_token(given.get("with"))
    assert arguments is None or isinstance(arguments, MappingToken)
    return ReusableJob(
        span=span(key),
        id=key.value,
        name=optional_token(given.get("name")),
        needs=needs(given.get("needs")),
        condition=condition(given.get("if"), span(key)),
        strategy=strategy(given.get("strategy")),
        concurrency=concurrency(given.get("concurrency")),
        permissions=permissions(given.get("permissions")),
        uses=Located(given["uses"].value, span(given["uses"])),
        inputs=arguments,
        secrets=None,
    )


def normal_job(key: yaml.Node, given: Nodes) -> NormalJob:
    return NormalJob(
        span=span(key),
        id=key.value,
        name=optional_token(given.get("name")),
        needs=needs(given.get("needs")),
        condition=condition(given.get("if"), span(key)),
        strategy=strategy(given.get("strategy")),
        concurrency=concurrency(given.get("concurrency")),
        permissions=permissions(given.get("permissions")),
        runs_on=token(given["runs-on"]),
        environment=optional_token(given.get("environment")),
        env=None,
        defaults=None,
        steps=(),
        timeout_minutes=None,
        cancel_timeout_minutes=None,
        continue_on_error=None,
        container=None,
        services=None,
        outputs=None,
    )
