"""Rules for keys that want a number or a boolean, and are given a text by an expression."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.expressions.paths import path_of
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import InputType

_WANTED = {
    "timeout-minutes": "a number",
    "continue-on-error": "a boolean",
    "strategy": "a number for `max-parallel` and a boolean for `fail-fast`",
}
_TEXTS = frozenset({"env", "secrets", "vars"})
_OUTPUTS = frozenset({"needs", "steps"})
_NO_TEXTS = frozenset({InputType.BOOLEAN, InputType.NUMBER})


@rule(
    Severity.WARNING,
    "Variables, outputs and inputs without another type are texts; a key that wants a number or a boolean takes none.",
    "timeout-minutes: ${{ vars.MINUTES }}",
)
def text_for_a_value(subject: Subject) -> Iterator[Finding]:
    """Expressions that are nothing but something that always is a text."""
    typed = _typed_inputs(subject)
    for site in subject.sites:
        path = path_of(site.expression) if site.key in _WANTED else None
        if path is not None and _is_text(path.names, typed):
            source = site.source.strip()
            yield Finding(
                span=subject.place(site, site.expression),
                message=f"'{source}' is a text, and GitHub takes only {_WANTED[site.key]} here",
                hint=f"write ${{{{ fromJSON({source}) }}}}",
            )


def _typed_inputs(subject: Subject) -> frozenset[str]:
    """Inputs that are no text, however the workflow was started."""
    triggers = subject.workflow.triggers.values()
    return frozenset(name.lower() for one in triggers for name, found in one.inputs.items() if found.type in _NO_TEXTS)


def _is_text(names: tuple[str | None, ...], typed: frozenset[str]) -> bool:
    match names:
        case (context, _) if context in _TEXTS:
            return True
        case (context, _, "outputs", _) if context in _OUTPUTS:
            return True
        case ("github", "event", "inputs", _):
            return True
        case ("inputs", str(name)):
            return name not in typed
        case _:
            return False


RULES = (text_for_a_value,)
