"""A parsed workflow -> everything that GitHub accepts in it and the author would regret."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.workflow.lint.places import SourceText
from sluice.workflow.lint.registry import RULES
from sluice.workflow.lint.subject import Actions, Subject
from sluice.workflow.model import Workflow

_IGNORE = re.compile(r"#\s*sluice:\s*ignore(?:\[([\w\s,-]*)\])?")


def lint_workflow(
    workflow: Workflow,
    text: str,
    actions: Actions,
    *,
    labels: Iterable[str] = (),
    rules: Collection[str] | None = None,
) -> list[Diagnostic]:
    """The findings of every rule (or of ``rules``, by id), in reading order, each once.

    ``text`` is the whole text of the workflow's file; ``actions`` gives the manifest for a ``uses`` text or ``None``;
    ``labels`` are those of the author's own runners.
    ``# sluice: ignore[rule-id]`` on the line of a finding or on the line above silences it; without brackets, any.
    """
    subject = Subject(workflow, text, actions, frozenset(label.lower() for label in labels))
    chosen = [rule for rule in RULES.values() if rules is None or rule.id in rules]
    found = dict.fromkeys(diagnostic for rule in chosen for diagnostic in rule.run(subject))
    return sort_diagnostics([diagnostic for diagnostic in found if not _is_silenced(diagnostic, subject.source)])


def _is_silenced(diagnostic: Diagnostic, source: SourceText) -> bool:
    line = diagnostic.span.start.line
    above = source.line(line - 1)
    return _silences(source.line(line), diagnostic.rule) or (
        above.lstrip().startswith("#") and _silences(above, diagnostic.rule)
    )


def _silences(line: str, rule: str) -> bool:
    match = _IGNORE.search(line)
    return match is not None and (match[1] is None or rule in re.split(r"[\s,]+", match[1].strip()))
