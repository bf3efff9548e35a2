"""Numbers as GitHub reads and prints them. In: text or a number. Out: the other one."""

from __future__ import annotations

import math
import re

from sluice.expressions.casing import WHITESPACE

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]+)")
_OCTAL = re.compile(r"0o([0-7]+)")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_INTEGER_BITS = 32


def parse_number(text: str) -> float:
    """A string as a number: trimmed; the empty string is 0; what is no number is NaN.

    Hexadecimal and octal forms are 32-bit two's complement, as in the runner: ``0xFFFFFFFF`` is -1, more is NaN.
    """
    trimmed = text.strip(WHITESPACE)
    if not trimmed:
        return 0.0
    if _DECIMAL.fullmatch(trimmed):
        return float(trimmed)
    if match := _HEXADECIMAL.fullmatch(trimmed):
        return _signed_integer(match[1], 16)
    if match := _OCTAL.fullmatch(trimmed):
        return _signed_integer(match[1], 8)
    return _INFINITIES.get(trimmed, math.nan)


def _signed_integer(digits: str, base: int) -> float:
    value = int(digits, base)
    if value >= 1 << _INTEGER_BITS:
        return math.nan
    return float(value - (1 << _INTEGER_BITS) if value >= 1 << (_INTEGER_BITS - 1) else value)


def format_number(number: float) -> str:
    """A number as text: 15 significant digits at most, ``1E+15`` from there on, no minus before zero (.NET ``G15``)."""
    if number == 0:
        return "0"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if math.isnan(number):
        return "NaN"
    return format(float(number), ".15g").upper()
