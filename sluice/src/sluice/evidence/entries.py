"""Entries of a report checked against a shape, one at a time, so that a bad one is a problem and loses no other.

Untyped values in, what a reader makes of each out. It must not know any tool's format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import TypeVar

import msgspec

from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Better, Finding, Kind, Measure
from sluice.evidence.problems import Problem, ReportError, one_line, problem
from sluice.source.errors import SluiceError

Item = Measure | Finding | Kind
"""What a reader yields: a measure, a finding, a problem (a finding of its own kind), or a kind of findings that it
looked for, found or not.
"""

Shape = TypeVar("Shape", bound=msgspec.Struct)

_WRONG = (msgspec.ValidationError, ValueError, OverflowError, RecursionError)


def shaped(value: object, shape: type[Shape]) -> Shape:
    """The value as this shape. Raises :class:`ReportError` that names the place and what was expected there."""
    try:
        return msgspec.convert(value, shape)
    except _WRONG as error:
        raise ReportError(Problem.UNREADABLE, f"the report is not shaped as it should be: {_said(error)}") from error


def each(
    entries: Iterable[object], shape: type[Shape], read: Callable[[Shape], Iterator[Item]], *, what: str
) -> Iterator[Item]:
    """What ``read`` makes of each entry; an entry of another shape, or that ``read`` refuses, is a problem."""
    for index, entry in enumerate(entries):
        try:
            yield from read(msgspec.convert(entry, shape))
        except _WRONG as error:
            yield bad_entry(f"{what} {index + 1}", error)
        except ReportError as error:
            yield problem(error.problem, f"{what} {index + 1}: {error.message}")
        except SluiceError as error:
            yield problem(Problem.BAD_ENTRY, f"{what} {index + 1}: {error.message}")


def bad_entry(where: str, error: Exception) -> Finding:
    """The problem that one entry is, and that the others were read all the same."""
    return problem(Problem.BAD_ENTRY, f"{where} can't be read: {_said(error)}")


def named(first: str, *rest: str) -> str:
    """A measure's name: the parts joined by ``/``, on one line. Raises :class:`ValueError` where a part is empty."""
    parts = [first, *(one_line(part, LONGEST_NAME) for part in rest)]
    if not all(parts):
        raise ValueError("the name is empty")
    return "/".join(parts)


def sampled(name: str, unit: str, samples: Sequence[float], *, better: Better = Better.LOWER) -> Measure:
    """A measure by its samples; its value is their median. Raises :class:`ValueError` for none or a negative one."""
    if not samples:
        raise ValueError(f"{name} has no samples")
    _not_negative(name, min(samples))
    return Measure(name=name, unit=unit, better=better, value=median(samples), samples=tuple(samples))


def valued(name: str, unit: str, value: float, *, better: Better = Better.LOWER) -> Measure:
    """A measure by its value alone. Raises :class:`ValueError` for a negative one."""
    _not_negative(name, value)
    return Measure(name=name, unit=unit, better=better, value=float(value))


def _not_negative(name: str, value: float) -> None:
    if value < 0:
        raise ValueError(f"{name} is negative: {value}")


def _said(error: Exception) -> str:
    """The error's message without the memory addresses and long numbers that some carry."""
    text = str(error) or type(error).__name__
    return re.sub(r"\d{40,}", "a very long number", text)
