from fractions import Fraction

import pytest

from sluice.evidence.model import Severity
from sluice.gates.policy.conditions import ConditionError, parse_condition
from sluice.gates.policy.model import Limit, Operator, RelativeLimit, SeverityLimit, ShiftLimit, ValueLimit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("> +20%", RelativeLimit(operator=Operator.ABOVE, change=Fraction(1, 5), text="> +20%")),
        ("<-2.5 %", RelativeLimit(operator=Operator.BELOW, change=Fraction(-1, 40), text="<-2.5 %")),
        (" >= +20MB ", ShiftLimit(operator=Operator.AT_LEAST, amount=Fraction(20), unit="MB", text=">= +20MB")),
        ("< -5pp", ShiftLimit(operator=Operator.BELOW, amount=Fraction(-5), unit="pp", text="< -5pp")),
        ("> +3", ShiftLimit(operator=Operator.ABOVE, amount=Fraction(3), unit="count", text="> +3")),
        (">= 10ns", ValueLimit(operator=Operator.AT_LEAST, amount=Fraction(10), unit="ns", text=">= 10ns")),
        ("< 80%", ValueLimit(operator=Operator.BELOW, amount=Fraction(80), unit="%", text="< 80%")),
        ("> 30d", ValueLimit(operator=Operator.ABOVE, amount=Fraction(30), unit="d", text="> 30d")),
        ("!= 0", ValueLimit(operator=Operator.DIFFERENT, amount=Fraction(0), unit="count", text="!= 0")),
        (">= HIGH", SeverityLimit(operator=Operator.AT_LEAST, severity=Severity.HIGH, text=">= HIGH")),
        (">= critical", SeverityLimit(operator=Operator.AT_LEAST, severity=Severity.CRITICAL, text=">= critical")),
    ],
)
def test_a_signed_number_is_a_change_and_an_unsigned_one_a_value(text: str, limit: Limit) -> None:
    assert parse_condition(text) == limit


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("+20%", 0, "'+20%' begins with no comparison"),
        ("", 0, "'' begins with no comparison"),
        ("=> 3", 0, "'=> 3' begins with no comparison"),
        ("> ", 2, "'' is neither a number with a unit nor a severity"),
        ("> +", 2, "'+' is neither a number with a unit nor a severity"),
        ("> 20parsec", 4, "'parsec' is no unit that Sluice knows"),
        ("> +1.5 mb", 7, "'mb' is no unit that Sluice knows"),
        (">= HGIH", 3, "'HGIH' is no severity"),
        (">= UNKNOWN", 3, "'UNKNOWN' is no severity"),
        ("> 5pp", 2, "'pp' measures a difference, so the number needs a sign"),
        ("== +5%", 0, "a change can't be compared with '=='"),
        ("> 1e400", 3, "'e400' is no unit that Sluice knows"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, offset: int, message: str) -> None:
    with pytest.raises(ConditionError) as found:
        parse_condition(text)
    assert (found.value.message, found.value.offset) == (message, offset)


def test_a_change_is_compared_in_a_direction() -> None:
    with pytest.raises(ConditionError) as found:
        parse_condition("!= +5%")
    assert found.value.allowed == (">", ">=", "<", "<=")
