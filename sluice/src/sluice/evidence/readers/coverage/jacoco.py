"""JaCoCo's XML: ``coverage/line``, ``branch``, ``instruction``, ``method``, ``class`` and ``complexity`` of the report.

Each element ends with its own counters; the report's are those straight under the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from sluice.evidence.entries import Item, bad_entry
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.coverage.shares import covered
from sluice.evidence.readers.report import Format, Report
from sluice.evidence.xml_stream import XmlStream, local_name

_KNOWN = {"LINE", "BRANCH", "INSTRUCTION", "METHOD", "CLASS", "COMPLEXITY"}


def _read(report: Report[XmlStream]) -> Iterator[Item]:
    has_lines = False
    for element, depth in report.body.ends():
        if depth != 1 or local_name(element) != "counter":
            continue
        what = element.get("type", "")
        has_lines = has_lines or what == "LINE"
        if what in _KNOWN:
            yield from _share(what.lower(), element)
    if not has_lines:
        yield problem(Problem.NO_DATA, "not one line of code was measured")


def _share(what: str, counter: Element) -> Iterator[Item]:
    try:
        hit, missed = int(counter.get("covered", "")), int(counter.get("missed", ""))
        yield from covered(what, hit, hit + missed)
    except ValueError as error:
        yield bad_entry(f"the counter of {what}", error)


FORMAT = Format[XmlStream](tool="jacoco", fits=lambda stream: stream.name == "report", read=_read)
