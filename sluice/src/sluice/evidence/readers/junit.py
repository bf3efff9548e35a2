"""JUnit's XML through junitparser: a finding for each failed test, and counts of tests, failures and skips.

A failure and an error are both of severity high: the format has no degrees. A report without one test is a problem,
and so is a name that a suite has twice: one of the two may hide the other. What follows a failure of its name is a
rerun, or what went wrong when that was torn down; in another suite or file it is another test.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from sluice.evidence.entries import Item, bad_entry, valued
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Better, Finding, Kind, Severity
from sluice.evidence.problems import Problem, one_line, problem
from sluice.evidence.readers.report import Format, Report
from sluice.evidence.xml_stream import XmlStream, local_name
from sluice.source.numbers import whole_number

_FAILED = {"failure", "error"}


def _read(report: Report[XmlStream]) -> Iterator[Item]:
    total = failed = skipped = 0
    seconds = 0.0
    names = _Names()
    for element, depth in report.body.ends(whole=frozenset({"testcase"})):
        if local_name(element) != "testcase":
            names.end(depth)
            continue
        total += 1
        outcomes = {local_name(child) for child in element}
        failed += bool(outcomes & _FAILED)
        if _name(element) and names.repeats(element, depth, failed=bool(outcomes & _FAILED)):
            yield problem(Problem.DUPLICATE_NAME, f"a suite reports the test {_name(element)} twice")
        skipped += "skipped" in outcomes
        try:
            duration, findings = _case(element)
            seconds += duration
            yield from findings
        except (ValueError, TypeError) as error:
            yield bad_entry(f"test case {total}", error)
    if total == 0:
        yield problem(Problem.NO_DATA, "the report holds no test")
    yield valued("test/count", "count", total, better=Better.HIGHER)
    yield valued("test/failed", "count", failed)
    yield valued("test/skipped", "count", skipped)
    yield valued("test/time", "s", seconds)


class _Names:
    """The tests of each suite that is still open, by a digest of their names, and whether each failed last."""

    def __init__(self) -> None:
        self._failed: dict[int, dict[int, bool]] = {}

    def end(self, depth: int) -> None:
        """What stood in this element is not in the next one."""
        self._failed.pop(depth + 1, None)

    def repeats(self, element: Element, depth: int, *, failed: bool) -> bool:
        """Whether its suite had a test of this name that did not fail."""
        known = self._failed.setdefault(depth, {})
        key = hash(tuple(map(element.get, ("classname", "name", "file"))))
        before = known.get(key, True)
        known[key] = failed
        return not before


def _name(element: Element) -> str:
    return "::".join(part for part in (element.get("classname"), element.get("name")) if part)


def _case(element: Element) -> tuple[float, list[Finding]]:
    from junitparser import Error, Failure, TestCase  # noqa: PLC0415 - few commands need it

    case = TestCase.fromelem(element)  # type: ignore[no-untyped-call] # the library leaves this one untyped
    name = _name(element)
    if not name:
        raise ValueError("it has no name")
    duration = case.time or 0.0
    if not 0 <= duration < float("inf"):
        raise ValueError(f"a time of {duration} s can't be")
    found = [outcome for outcome in case.result if isinstance(outcome, (Failure, Error))]
    return duration, [_finding(element, name, outcome.message or outcome.text or "") for outcome in found[:1]]


def _finding(element: Element, name: str, message: str) -> Finding:
    line = element.get("line", "")
    return Finding(
        id=one_line(name, LONGEST_NAME),
        kind=Kind.TEST,
        severity=Severity.HIGH,
        title=one_line(message) or "failed without a message",
        tool="junit",
        path=element.get("file"),
        line=whole_number(line, 9),
    )


FORMAT = Format[XmlStream](tool="junit", fits=lambda stream: stream.name in {"testsuites", "testsuite"}, read=_read)
