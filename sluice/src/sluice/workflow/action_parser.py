"""An ``action.yml``'s text to an ``ActionManifest``, with every diagnostic."""

from __future__ import annotations

import re

from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.availability import action_refusals, add_refusals
from sluice.workflow.fields import Fields, Problems
from sluice.workflow.model import ActionInput, ActionManifest, ActionUsing
from sluice.workflow.step_parser import parse_steps
from sluice.workflow.tokens import MappingToken, StringToken, Token
from sluice.workflow.yaml_reader import read_yaml

_USING = ("node12", "node16", "node20", "node24", "composite", "docker")
_NODE = re.compile(r"node(\d+)")


def parse_action(text: str, file: str) -> tuple[ActionManifest | None, list[Diagnostic]]:
    """The manifest, ``None`` when nothing of it can be read. Unknown keys are ignored, as GitHub does."""
    root, found = read_yaml(text, file)
    problems = Problems(found)
    if not isinstance(root, MappingToken):
        problems.add(Span.at(file), "unexpected-type", "A mapping was expected", hint="an action has `runs`")
        return None, problems.found
    fields = Fields(root, problems, root.span)
    fields.required("runs")
    using = _using(fields.fields("runs"))
    manifest = None if using is None else _manifest(fields, file, *using)
    if manifest is not None:
        add_refusals(action_refusals(manifest), problems)
    return manifest, problems.found


def _using(runs: Fields) -> tuple[ActionUsing, int | None] | None:
    written = (runs.text("using") or "").lower()
    node = _NODE.fullmatch(written)
    if node:
        return ActionUsing.JAVASCRIPT, int(node[1])
    if written in {"composite", "docker"}:
        return ActionUsing(written), None
    token = runs.get("using")
    runs.problems.add(
        token.span if token else runs.span, "action-using", f"'using: {written}' is not supported", _USING
    )
    return None


def _manifest(fields: Fields, file: str, using: ActionUsing, node: int | None) -> ActionManifest:
    runs = fields.fields("runs")
    pre, post = ("pre-entrypoint", "post-entrypoint") if using is ActionUsing.DOCKER else ("pre", "post")
    return ActionManifest(
        file=file,
        name=fields.text("name") or "",
        description=fields.text("description"),
        using=using,
        inputs={key.value: _input(key, value, fields) for key, value in fields.fields("inputs").literal_items()},
        outputs={key.value: _output(key, value, fields) for key, value in fields.fields("outputs").literal_items()},
        node=node,
        main=runs.text("main"),
        pre=runs.text(pre),
        pre_if=runs.condition("pre-if", "always()", implied=False),
        post=runs.text(post),
        post_if=runs.condition("post-if", "always()", implied=False),
        steps=parse_steps(runs, composite=True) if using is ActionUsing.COMPOSITE else (),
        image=runs.get("image"),
        entrypoint=runs.get("entrypoint"),
        arguments=runs.get("args"),
        env=runs.get("env"),
    )


def _input(key: StringToken, token: Token, parent: Fields) -> ActionInput:
    fields = Fields(token, parent.problems, key.span)
    return ActionInput(
        name=key.value,
        description=fields.text("description"),
        required=(fields.text("required") or "").lower() == "true",
        default=fields.get("default"),
        deprecation=fields.text("deprecationMessage"),
    )


def _output(key: StringToken, token: Token, parent: Fields) -> Token | None:
    return Fields(token, parent.problems, key.span).get("value")
