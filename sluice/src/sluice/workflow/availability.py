"""Which contexts and functions may stand under which key (semantics 10). In: expressions. Out: GitHub's refusals.

The lists are those of GitHub's schemas of workflows ("context availability" in its documentation) and of actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.workflow.fields import Problems
from sluice.workflow.model import ActionManifest, Workflow
from sluice.workflow.sites import Site, collect_action_sites, collect_sites

_STATUS = ("always(0,0)", "cancelled(0,0)")
_JOB_STATUS = (*_STATUS, "success(0,MAX)", "failure(0,MAX)")
_STEP_STATUS = (*_STATUS, "success(0,0)", "failure(0,0)")
_HASH = ("hashFiles(1,255)",)

_WORKFLOW = ("github", "inputs", "vars")
_JOB = (*_WORKFLOW, "needs", "strategy", "matrix")
_RUNNING = (*_JOB, "job", "runner", "env")
_STEP = (*_RUNNING, "secrets", "steps")

Allowed: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]

_ABOUT_NAMES = ("Unrecognized ", "Too few ", "Too many ", "Even number ")
_WORKFLOW_KEYS: Mapping[str, Allowed] = {
    "run-name": (_WORKFLOW, ()),
    "concurrency": (_WORKFLOW, ()),
    "env": ((*_WORKFLOW, "secrets"), ()),
    "input-default": (_WORKFLOW, ()),
    "workflow-output": ((*_WORKFLOW, "jobs"), ()),
}
_JOB_KEYS: Mapping[str, Allowed] = {
    "if": ((*_WORKFLOW, "needs"), _JOB_STATUS),
    "name": (_JOB, ()),
    "runs-on": (_JOB, ()),
    "matrix": ((*_WORKFLOW, "needs"), ()),
    "strategy": ((*_WORKFLOW, "needs"), ()),
    "concurrency": (_JOB, ()),
    "environment": (_JOB, ()),
    "environment.url": ((*_RUNNING, "steps"), ()),
    "env": ((*_JOB, "secrets"), ()),
    "defaults": ((*_JOB, "env"), ()),
    "container": (_JOB, ()),
    "container.env": ((*_RUNNING, "secrets"), ()),
    "container.credentials": ((*_JOB, "env", "secrets"), ()),
    "timeout-minutes": (_JOB, ()),
    "continue-on-error": (_JOB, ()),
    "snapshot.if": (_JOB, ()),
    "outputs": (_STEP, ()),
    "with": (_JOB, ()),
    "secrets": ((*_JOB, "secrets"), ()),
}
_STEP_KEYS: Mapping[str, Allowed] = {
    "if": ((*_RUNNING, "steps"), (*_STEP_STATUS, *_HASH)),
}
_ANY_STEP_KEY: Allowed = (_STEP, _HASH)

_ACTION = ("github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env")
_ACTION_KEYS: Mapping[str, Allowed] = {
    "default": (("github", "strategy", "matrix", "job", "runner"), _HASH),
    "args": (("inputs",), ()),
    "output": (_ACTION, ()),
}
_ACTION_STEP_KEYS: Mapping[str, Allowed] = {"if": (_ACTION, (*_STEP_STATUS, *_HASH))}
_ANY_ACTION_STEP_KEY: Allowed = (_ACTION, _HASH)
"""An action is given what it needs: it sees neither secrets nor variables nor what its job needs."""

Refused: TypeAlias = tuple[Site, str, ExpressionError, Allowed]


def allowed_at(site: Site) -> Allowed | None:
    """The contexts and functions that may stand in an expression; ``None`` where nothing is known of its key."""
    if site.step is not None:
        return _STEP_KEYS.get(site.key, _ANY_STEP_KEY)
    return (_JOB_KEYS if site.job is not None else _WORKFLOW_KEYS).get(site.key)


def refusals(workflow: Workflow) -> Iterator[Refused]:
    """Every expression that reads or calls what may not stand there, with GitHub's error."""
    for site in collect_sites(workflow):
        yield from refusals_at(site)


def action_refusals(action: ActionManifest) -> Iterator[Refused]:
    """The same of an action (actions/runner, action_yaml.json)."""
    for site in collect_action_sites(action):
        yield from _refused(site, _allowed_in_action(site))


def refusals_at(site: Site) -> Iterator[Refused]:
    """What may not stand in the expressions of one place; their syntax is not checked again."""
    yield from _refused(site, allowed_at(site))


def _allowed_in_action(site: Site) -> Allowed:
    if site.step is not None:
        return _ACTION_STEP_KEYS.get(site.key, _ANY_ACTION_STEP_KEY)
    return _ACTION_KEYS[site.key]


def _refused(site: Site, allowed: Allowed | None) -> Iterator[Refused]:
    if allowed is None:
        return
    for text in site.texts:
        try:
            parse_expression(text, contexts=allowed[0], functions=allowed[1])
        except ExpressionError as error:
            if error.headline.startswith(_ABOUT_NAMES):
                yield site, text, error, allowed


def add_refusals(found: Iterable[Refused], problems: Problems) -> None:
    """Each as a diagnostic, with the contexts that may stand there."""
    for site, _, error, allowed in found:
        names = sorted(allowed[0]) if "named-value" in error.headline else ()
        problems.add(site.span, "unavailable-context", str(error), names)
