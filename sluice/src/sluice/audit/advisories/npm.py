"""What ``npm audit`` asks of a registry, answered on loopback out of a local database. npm itself compares versions.

Its question is ``POST /-/npm/v1/security/advisories/bulk``, and for what it finds there which versions of the package
there are: those that are pinned here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote

from sluice.audit.advisories.database import AdvisoryDatabase, Record
from sluice.audit.packages.model import Ecosystem, Package
from sluice.evidence.advisories import read_advisories
from sluice.evidence.model import Severity
from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response, json_response

_WORDS = {Severity.LOW: "low", Severity.MEDIUM: "moderate", Severity.CRITICAL: "critical"}


@contextmanager
def serve_npm(database: AdvisoryDatabase, packages: Iterable[Package]) -> Iterator[str]:
    """The address of a registry with these packages and what ``database`` says of each; it ends with the block."""
    versions: dict[str, set[str]] = {}
    for one in packages:
        versions.setdefault(one.name, set()).add(one.version)
    advisories = {name: found for name in versions if (found := list(_advisories(database, name)))}

    def answer(asked: Asked) -> Response:
        if asked.method == "POST":
            return json_response(advisories)
        name = unquote(asked.path).lstrip("/")
        known = {version: {"name": name, "version": version} for version in versions.get(name, ())}
        return json_response({"name": name, "versions": known}, 200 if known else 404)

    with answering(answer) as address:
        yield address


def _advisories(database: AdvisoryDatabase, name: str) -> Iterator[dict[str, object]]:
    for number, record in enumerate(database.about(name, Ecosystem.NPM), start=1):
        identifier = str(record["id"])
        severity = read_advisories([record]).severity_of([identifier])
        yield {
            "id": number,
            "url": f"https://osv.dev/vulnerability/{identifier}",
            "title": str(record.get("summary") or identifier),
            "severity": _WORDS.get(severity, "high"),  # what nobody has rated counts as high
            "vulnerable_versions": " || ".join(_ranges(record, name)) or "*",
        }


def _ranges(record: Record, name: str) -> Iterator[str]:
    """As npm writes them, out of OSV's events (https://ossf.github.io/osv-schema/#affectedrangesevents-fields)."""
    for affected in record.get("affected", ()):
        if affected.get("package", {}).get("name") == name:
            yield from affected.get("versions", ())
            for span in affected.get("ranges", ()):
                yield from _spans(span["events"])


def _spans(events: Iterable[Mapping[str, str]]) -> Iterator[str]:
    start = None
    for event in events:
        if "introduced" in event:
            start = event["introduced"]
        for key, sign in (("fixed", "<"), ("last_affected", "<=")):
            if key in event and start is not None:
                yield f">={start} {sign}{event[key]}"
                start = None
    if start is not None:
        yield f">={start}"
