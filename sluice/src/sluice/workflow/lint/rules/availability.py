"""Contexts and functions where they may not stand, at their exact place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.expressions.errors import ExpressionError
from sluice.source.diagnostics import Severity
from sluice.workflow.availability import Allowed, refusals_at
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.sites import Site

_WORD = re.compile(r"[\w-]+")


@rule(
    Severity.ERROR,
    "Every key has its own list of contexts and functions; GitHub refuses others.",
    "if: secrets.TOKEN != ''",
)
def unavailable_context(subject: Subject) -> Iterator[Finding]:
    """Contexts and functions where they may not stand."""
    for site in subject.sites:
        for _, text, error, allowed in refusals_at(site):
            yield _refusal(subject, site, text, error, allowed)


def _refusal(subject: Subject, site: Site, text: str, error: ExpressionError, allowed: Allowed) -> Finding:
    symbol = _WORD.match(text, error.position)
    secret = site.key == "if" and symbol is not None and symbol[0].lower() == "secrets"
    return Finding(
        span=subject.source.find(site.span, symbol[0] if symbol else ""),
        message=str(error),
        hint="give the secret to `env:` and test the variable" if secret else None,
        allowed=tuple(sorted(allowed[0])) if "named-value" in error.headline else (),
    )


RULES = (unavailable_context,)
