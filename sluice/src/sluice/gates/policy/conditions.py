"""What a ``fail`` or ``warn`` says. In: its text, such as ``> +20%``. Out: a limit, or what is wrong with it.

A signed number is a change against the baseline, an unsigned one the value itself; a word is a severity.
"""

from __future__ import annotations

import re

from sluice.evidence.model import Severity
from sluice.evidence.units import KNOWN_UNITS, Quantity, UnknownUnitError, parse_quantity
from sluice.gates.policy.model import Limit, Operator, RelativeLimit, SeverityLimit, ShiftLimit, ValueLimit

_CONDITION = re.compile(r"\s*(>=|<=|==|!=|[><])?\s*(.*?)\s*")
_SEVERITIES = tuple(severity for severity in Severity if severity.rank is not None)


class ConditionError(ValueError):
    """A condition that can't be read; ``offset`` counts characters from 0 to the part that is wrong."""

    def __init__(
        self, message: str, *, offset: int = 0, allowed: tuple[str, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.allowed = allowed
        self.hint = hint


def parse_condition(text: str) -> Limit:
    """The limit that ``text`` states; raises ``ConditionError``."""
    found = _CONDITION.fullmatch(text)
    if found is None or found[1] is None:
        raise ConditionError(
            f"'{text}' begins with no comparison", allowed=tuple(Operator), hint='write for example "> +20%"'
        )
    compare, amount, offset = Operator(found[1]), found[2], found.start(2)
    if amount.isalpha():
        return SeverityLimit(operator=compare, severity=_severity(amount, offset), text=text.strip())
    quantity = _quantity(amount, offset)
    if amount[0] not in "+-":
        return _value(compare, quantity, text.strip(), offset)
    if not compare.direction:
        allowed = tuple(known for known in Operator if known.direction)
        raise ConditionError(f"a change can't be compared with '{compare}'", allowed=allowed)
    if quantity.unit.symbol == "%":
        return RelativeLimit(operator=compare, change=quantity.amount / 100, text=text.strip())
    return ShiftLimit(operator=compare, amount=quantity.amount, unit=quantity.unit.symbol, text=text.strip())


def _severity(word: str, offset: int) -> Severity:
    found = next((severity for severity in _SEVERITIES if severity == word.upper()), None)
    if found is None:
        raise ConditionError(f"'{word}' is no severity", offset=offset, allowed=_SEVERITIES)
    return found


def _quantity(amount: str, offset: int) -> Quantity:
    try:
        return parse_quantity(amount)
    except UnknownUnitError as error:
        start = len(re.match(r"[+-]?[\d.]*\s*", amount)[0])  # type: ignore[index]  # the pattern fits any text
        raise ConditionError(
            f"'{error.symbol}' is no unit that Sluice knows", offset=offset + start, allowed=KNOWN_UNITS
        ) from error
    except ValueError as error:
        raise ConditionError(
            f"'{amount}' is neither a number with a unit nor a severity",
            offset=offset,
            hint="+20% and -5pp are changes against the baseline, 10ns and 80% are values, HIGH is a severity",
        ) from error


def _value(compare: Operator, quantity: Quantity, text: str, offset: int) -> ValueLimit:
    if quantity.unit.difference:
        raise ConditionError(
            f"'{quantity.unit.symbol}' measures a difference, so the number needs a sign",
            offset=offset,
            hint="write +5pp or -5pp",
        )
    return ValueLimit(operator=compare, amount=quantity.amount, unit=quantity.unit.symbol, text=text)
