"""Which contexts and functions may stand under which key (semantics 10). In: expressions. Out: GitHub's refusals.

The lists are those of GitHub's workflow schema ("context availability" in its documentation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.sites import Site
from sluice.workflow.lint.subject import Subject

_STATUS = ("always(0,0)", "cancelled(0,0)")
_JOB_STATUS = (*_STATUS, "success(0,MAX)", "failure(0,MAX)")
_STEP_STATUS = (*_STATUS, "success(0,0)", "failure(0,0)")
_HASH = ("hashFiles(1,255)",)

_WORKFLOW = ("github", "inputs", "vars")
_JOB = (*_WORKFLOW, "needs", "strategy", "matrix")
_RUNNING = (*_JOB, "job", "runner", "env")
_STEP = (*_RUNNING, "secrets", "steps")

_Allowed: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]

_ABOUT_NAMES = ("Unrecognized ", "Too few ", "Too many ", "Even number ")
_WORD = re.compile(r"[\w-]+")

_WORKFLOW_KEYS: Mapping[str, _Allowed] = {
    "run-name": (_WORKFLOW, ()),
    "concurrency": (_WORKFLOW, ()),
    "env": ((*_WORKFLOW, "secrets"), ()),
    "workflow-output": ((*_WORKFLOW, "jobs"), ()),
}
_JOB_KEYS: Mapping[str, _Allowed] = {
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
    "outputs": (_STEP, ()),
    "with": (_JOB, ()),
    "secrets": ((*_JOB, "secrets"), ()),
}
_STEP_KEYS: Mapping[str, _Allowed] = {
    "if": ((*_RUNNING, "steps"), (*_STEP_STATUS, *_HASH)),
}
_ANY_STEP_KEY: _Allowed = (_STEP, _HASH)


def allowed_at(site: Site) -> _Allowed | None:
    """The contexts and functions that may stand in an expression; ``None`` where nothing is known of its key."""
    if site.step is not None:
        return _STEP_KEYS.get(site.key, _ANY_STEP_KEY)
    return (_JOB_KEYS if site.job is not None else _WORKFLOW_KEYS).get(site.key)


@rule(
    Severity.ERROR,
    "Every key has its own list of contexts and functions; GitHub refuses others.",
    "if: secrets.TOKEN != ''",
)
def unavailable_context(subject: Subject) -> Iterator[Finding]:
    """Contexts and functions where they may not stand."""
    for site in subject.sites:
        allowed = allowed_at(site)
        if allowed is None:
            continue
        for text in site.texts:
            try:
                parse_expression(text, contexts=allowed[0], functions=allowed[1])
            except ExpressionError as error:
                if error.headline.startswith(_ABOUT_NAMES):
                    yield _refusal(subject, site, text, error, allowed)


def _refusal(subject: Subject, site: Site, text: str, error: ExpressionError, allowed: _Allowed) -> Finding:
    symbol = _WORD.match(text, error.position)
    secret = site.key == "if" and symbol is not None and symbol[0].lower() == "secrets"
    return Finding(
        span=subject.source.find(site.span, symbol[0] if symbol else ""),
        message=str(error),
        hint="give the secret to `env:` and test the variable" if secret else None,
        allowed=tuple(sorted(allowed[0])) if "named-value" in error.headline else (),
    )


RULES = (unavailable_context,)
