"""A job's ``environment``: which one, at which address, and whether it counts as a deployment.

The name is decided before the job starts; the address may use what the job's steps put out, so it stays a token until
the job has run.
"""

from __future__ import annotations

from msgspec import Struct

from sluice.plan.problems import evaluated, problem
from sluice.workflow.evaluation import Scope, evaluate_boolean, evaluate_text, evaluate_token
from sluice.workflow.tokens import ExpressionToken, MappingToken, Token


class Environment(Struct, frozen=True, kw_only=True):
    """An environment that a job runs in. ``deployment`` is false where the job only borrows its secrets."""

    name: str
    url: Token | None = None
    deployment: bool = True


def environment_of(token: Token | None, scope: Scope) -> Environment | None:
    """The job's environment, ``None`` when there is no key or the name comes out empty.

    ``scope`` has github, inputs, vars, needs, strategy and matrix. Raises ``InvalidInputError``.
    """
    if token is None:
        return None
    if not isinstance(token, MappingToken):
        return _named(evaluated(lambda: evaluate_text(token, scope)))
    name = token.get("name")
    if name is None:
        raise problem(token.span, "environment", "Required property is missing: name")
    deployment = token.get("deployment")
    counts = deployment is None or evaluated(lambda: evaluate_boolean(deployment, scope))
    return _named(evaluated(lambda: evaluate_text(name, scope)), token.get("url"), deployment=counts)


def environment_url(environment: Environment, scope: Scope) -> str:
    """The address, empty when there is none. ``scope`` is the job's own, with its steps' outputs."""
    url = environment.url
    return "" if url is None else evaluated(lambda: evaluate_text(url, scope))


def planned_environment(token: Token | None) -> str | None:
    """The environment as it can be told before anything is evaluated: a literal name, or the expression's text."""
    name = token.get("name") if isinstance(token, MappingToken) else token
    if name is None:
        return None
    if isinstance(name, ExpressionToken):
        return name.raw
    written = evaluate_token(name, Scope(contexts={}, functions={}))
    return str(written) if written else None


def _named(name: str, url: Token | None = None, *, deployment: bool = True) -> Environment | None:
    return Environment(name=name, url=url, deployment=deployment) if name else None
