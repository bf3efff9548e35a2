"""``action.yml`` to an ``ActionManifest`` (stop-gap: the schema-driven parser takes its place)."""

from __future__ import annotations

import re

from sluice.source.diagnostics import Diagnostic
from sluice.workflow.model import ActionInput, ActionManifest, ActionUsing
from sluice.workflow.parser import Builder, entry, text
from sluice.workflow.tokens import MappingToken
from sluice.workflow.yaml_reader import Reader


def parse_action(source: str, file: str) -> tuple[ActionManifest | None, list[Diagnostic]]:
    reader = Reader(source, file)
    root = reader.read()
    if not isinstance(root, MappingToken):
        return None, reader.found
    builder = Builder(reader)
    runs = entry(root, "runs")
    using = text(entry(runs, "using")).lower()
    node = re.fullmatch(r"node(\d+)", using)
    inputs, outputs = entry(root, "inputs"), entry(root, "outputs")
    always = lambda key: builder.condition(entry(runs, key), root.span, "always()")
    return ActionManifest(
        file=file,
        name=text(entry(root, "name")),
        description=text(entry(root, "description")) or None,
        using=ActionUsing.JAVASCRIPT if node else ActionUsing(using),
        inputs={
            key.value: ActionInput(
                name=key.value,
                description=text(entry(value, "description")),
                required=text(entry(value, "required")) == "true",
                default=entry(value, "default"),
                deprecation=text(entry(value, "deprecationMessage")) or None,
            )
            for key, value in inputs.literal_items()
        }
        if isinstance(inputs, MappingToken)
        else {},
        outputs={key.value: entry(value, "value") for key, value in outputs.literal_items()}
        if isinstance(outputs, MappingToken)
        else {},
        node=int(node[1]) if node else None,
        main=text(entry(runs, "main")) or None,
        pre=text(entry(runs, "pre")) or None,
        post=text(entry(runs, "post")) or None,
        pre_if=always("pre-if"),
        post_if=always("post-if"),
        steps=builder.steps(entry(runs, "steps")),
        image=entry(runs, "image"),
        entrypoint=entry(runs, "entrypoint"),
        arguments=entry(runs, "args"),
        env=entry(runs, "env"),
    ), reader.found
