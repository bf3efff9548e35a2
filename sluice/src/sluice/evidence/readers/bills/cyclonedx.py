"""CycloneDX, JSON and XML: counts of components, and the vulnerabilities that a bill of materials may carry.

A vulnerability whose analysis says that it does not affect (``not_affected``, ``false_positive``, ``resolved``) is
counted as suppressed. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from xml.etree.ElementTree import Element

import msgspec

from sluice.evidence.entries import Item, each, shaped, valued
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem, ReportError, one_line
from sluice.evidence.readers.bills.counting import counted
from sluice.evidence.readers.report import Format, JsonFormat, Report, has_keys
from sluice.evidence.severities import severity_of_vector, severity_of_word, worst
from sluice.evidence.xml_stream import XmlStream, local_name

_HARMLESS = {"not_affected", "false_positive", "resolved", "resolved_with_pedigree"}


class _Component(msgspec.Struct, rename="kebab"):
    name: str
    version: str = ""
    bom_ref: str = ""
    licenses: list[object] = []
    components: list[object] = []


class _Rating(msgspec.Struct):
    severity: str = ""
    vector: str = ""


class _Affected(msgspec.Struct):
    ref: str = ""


class _Analysis(msgspec.Struct):
    state: str = ""


class _Vulnerability(msgspec.Struct):
    id: str
    description: str = ""
    ratings: list[_Rating] = []
    affects: list[_Affected] = []
    analysis: _Analysis | None = None


class _Bill(msgspec.Struct):
    components: list[object] = []
    vulnerabilities: list[object] = []


class _Tally:
    """Components as they are met, with what vulnerabilities refer to them by."""

    def __init__(self) -> None:
        self.components = self.unlicensed = self.suppressed = 0
        self.by_reference: dict[str, _Component] = {}

    def add(self, component: _Component) -> Iterator[Item]:
        self.components += 1
        self.unlicensed += not component.licenses
        if component.bom_ref:
            self.by_reference[component.bom_ref] = component
        yield from each(component.components, _Component, self.add, what=f"component of {component.name}")

    def ending(self) -> Iterator[Item]:
        yield from counted(self.components, self.unlicensed)
        if self.suppressed:
            yield valued("suppressed/cyclonedx", "count", self.suppressed)


def _read(report: Report[object]) -> Iterator[Item]:
    bill, tally = shaped(report.body, _Bill), _Tally()
    yield from each(bill.components, _Component, tally.add, what="component")
    yield from each(bill.vulnerabilities, _Vulnerability, partial(_findings, tally), what="vulnerability")
    yield from tally.ending()


def _findings(tally: _Tally, found: _Vulnerability) -> Iterator[Item]:
    if found.analysis and found.analysis.state in _HARMLESS:
        tally.suppressed += 1
        return
    component = next((tally.by_reference[a.ref] for a in found.affects if a.ref in tally.by_reference), None)
    yield Finding(
        id=one_line(found.id, LONGEST_NAME) or "no-id",
        kind=Kind.VULNERABILITY,
        severity=_severity(found.ratings),
        title=one_line(found.description or found.id),
        tool="cyclonedx",
        package=component.name if component else None,
        version=(component.version or None) if component else None,
    )


def _severity(ratings: list[_Rating]) -> Severity:
    told = worst([severity_of_word(rating.severity) for rating in ratings])
    if told is not Severity.UNKNOWN:
        return told
    return worst([severity_of_vector(rating.vector) for rating in ratings])


def _read_xml(report: Report[XmlStream]) -> Iterator[Item]:
    if "cyclonedx" not in report.body.root.tag:
        raise ReportError(Problem.UNRECOGNISED, "a bom that is not CycloneDX's")
    tally = _Tally()
    whole = frozenset({"component", "vulnerability", "metadata"})
    for index, (element, _) in enumerate(report.body.ends(whole=whole)):
        entry = f"element {index + 1}"
        match local_name(element):
            case "component":
                yield from each([_component(element)], _Component, tally.add, what=entry)
            case "vulnerability":
                yield from each([_vulnerability(element)], _Vulnerability, partial(_findings, tally), what=entry)
            case _:
                pass
    yield from tally.ending()


def _component(element: Element) -> dict[str, object]:
    return {
        "name": _text(element, "name"),
        "version": _text(element, "version") or "",
        "bom-ref": element.get("bom-ref", ""),
        "licenses": [local_name(child) for child in _children(element, "licenses")],
        "components": [_component(child) for child in _children(element, "components")],
    }


def _vulnerability(element: Element) -> dict[str, object]:
    return {
        "id": _text(element, "id"),
        "description": _text(element, "description") or "",
        "ratings": [
            {"severity": _text(rating, "severity") or "", "vector": _text(rating, "vector") or ""}
            for rating in _children(element, "ratings")
        ],
        "affects": [{"ref": _text(target, "ref") or ""} for target in _children(element, "affects")],
        "analysis": {
            "state": "".join(_text(child, "state") or "" for child in element if local_name(child) == "analysis")
        },
    }


def _children(element: Element, name: str) -> list[Element]:
    return [grandchild for child in element if local_name(child) == name for grandchild in child]


def _text(element: Element, name: str) -> str | None:
    return next(((child.text or "").strip() for child in element if local_name(child) == name), None)


JSON = JsonFormat(tool="cyclonedx", fits=lambda body: has_keys(body, "bomFormat", "specVersion"), read=_read)
XML = Format[XmlStream](tool="cyclonedx", fits=lambda stream: stream.name == "bom", read=_read_xml)
