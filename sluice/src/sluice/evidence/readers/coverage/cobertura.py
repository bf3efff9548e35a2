"""Cobertura's XML, as coverage.py, gcovr and many others write it: ``coverage/line`` and ``coverage/branch``.

The root's counts are taken; where a tool wrote none, the lines are counted, or else the root's rates are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from sluice.evidence.entries import Item
from sluice.evidence.model import Better, Measure
from sluice.evidence.problems import Problem, ReportError, problem
from sluice.evidence.readers.coverage.shares import covered, lines_covered
from sluice.evidence.readers.report import Format, Report
from sluice.evidence.xml_stream import XmlStream, local_name
from sluice.source.numbers import whole_number

_CONDITIONS = re.compile(r"\((\d{1,9})/(\d{1,9})\)")


def _read(report: Report[XmlStream]) -> Iterator[Item]:
    stream = report.body
    told = dict(stream.root.attrib)
    lines: tuple[int, int] = (0, 0)
    branches: tuple[int, int] = (0, 0)
    for element, _ in stream.ends():
        if local_name(element) == "line":
            lines = (lines[0] + (_count(element.get("hits")) > 0), lines[1] + 1)
            branches = _add(branches, element)
    if "lines-valid" in told:
        lines = (_count(told.get("lines-covered")), _count(told["lines-valid"]))
    if "branches-valid" in told:
        branches = (_count(told.get("branches-covered")), _count(told["branches-valid"]))
    if lines[1] == 0 and "line-rate" in told and "lines-valid" not in told:
        yield _rate(told["line-rate"])
        return
    yield from lines_covered(*lines)
    yield from covered("branch", *branches)


def _add(branches: tuple[int, int], line: Element) -> tuple[int, int]:
    found = _CONDITIONS.search(line.get("condition-coverage", "")[:100])
    return (branches[0] + int(found[1]), branches[1] + int(found[2])) if found else branches


def _rate(text: str) -> Item:
    rate = float(text)
    if not 0 <= rate <= 1:
        return problem(Problem.UNREADABLE, f"a line rate of {text[:40]} can't be")
    return Measure(name="coverage/line", unit="%", better=Better.HIGHER, value=100 * rate)


def _count(text: str | None) -> int:
    count = whole_number(text or "")
    if count is None:
        raise ReportError(Problem.UNREADABLE, f"{str(text)[:40]!r} is not a count")
    return count


FORMAT = Format[XmlStream](tool="cobertura", fits=lambda stream: stream.name == "coverage", read=_read)
