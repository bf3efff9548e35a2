"""Read typed inputs of a built-in action as the actions' own toolkit does."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.actions.protocol import ActionFailedError
from sluice.source import numbers

_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE", ""})


def boolean(inputs: Mapping[str, str], name: str) -> bool:
    """A YAML 1.2 boolean; empty is false."""
    value = inputs.get(name, "").strip()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ActionFailedError(
        f'Input does not meet YAML 1.2 "Core Schema" specification: {name}\n'
        "Support boolean input list: `true | True | TRUE | false | False | FALSE`"
    )


def lines(inputs: Mapping[str, str], name: str) -> list[str]:
    """The lines that are not blank, trimmed."""
    return [line.strip() for line in inputs.get(name, "").splitlines() if line.strip()]


def whole_number(inputs: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of 0 or more; empty is the default."""
    value = inputs.get(name, "").strip()
    if not value:
        return default
    number = numbers.whole_number(value)
    if number is None:
        raise ActionFailedError(f"Input '{name}' must be a whole number, it is '{value}'")
    return number
