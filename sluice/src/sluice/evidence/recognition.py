"""Which tool wrote a report, told by its content. Chunks in, the reader's items out. It must not read the items.

The first character tells JSON and XML from text; a JSON text whose first part has ``runs`` at its top is SARIF and
stays a stream, any other is decoded whole. The formats are asked in the order of the tables; no two fit one report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from sluice.evidence.chunks import even, split_head, whole
from sluice.evidence.entries import Item
from sluice.evidence.json_documents import decode, decode_text
from sluice.evidence.json_stream import top_keys
from sluice.evidence.problems import Problem, ReportError, problem
from sluice.evidence.readers import images, junit, records
from sluice.evidence.readers.benchmarks import (
    criterion,
    go_bench,
    google_benchmark,
    hyperfine,
    pyperf,
    pytest_benchmark,
)
from sluice.evidence.readers.bills import cyclonedx, spdx
from sluice.evidence.readers.coverage import cobertura, coverage_json, jacoco, lcov
from sluice.evidence.readers.report import Body, Format, JsonFormat, Report, TextFormat
from sluice.evidence.readers.scanners import (
    bandit,
    cargo_audit,
    detect_secrets,
    grype,
    hadolint,
    npm_audit,
    pip_audit,
    sarif,
    trivy,
)
from sluice.evidence.xml_stream import XmlStream

JSON_FORMATS: tuple[JsonFormat, ...] = (
    pytest_benchmark.FORMAT,
    google_benchmark.FORMAT,
    pyperf.FORMAT,
    hyperfine.FORMAT,
    criterion.SAMPLE,
    criterion.ESTIMATES,
    criterion.COMPARISON,
    criterion.DESCRIPTION,
    coverage_json.FORMAT,
    cyclonedx.JSON,
    spdx.JSON,
    trivy.FORMAT,
    grype.FORMAT,
    pip_audit.FORMAT,
    npm_audit.FORMAT,
    npm_audit.ERROR,
    cargo_audit.FORMAT,
    bandit.FORMAT,
    detect_secrets.FORMAT,
    hadolint.FORMAT,
    images.MANIFEST,
    images.INDEX,
    images.INSPECTION,
)
XML_FORMATS: tuple[Format[XmlStream], ...] = (cobertura.FORMAT, jacoco.FORMAT, junit.FORMAT, cyclonedx.XML)
TEXT_FORMATS: tuple[TextFormat, ...] = (lcov.FORMAT, go_bench.FORMAT, criterion.BENCHER, spdx.TAG_VALUE)

KNOWN_TOOLS: tuple[str, ...] = tuple(
    sorted(
        {"sarif", "measure"}
        | {known.tool for known in JSON_FORMATS}
        | {known.tool for known in XML_FORMATS}
        | {known.tool for known in TEXT_FORMATS}
    )
)
"""Every format that is recognised, by its tool's name."""

_HEAD = 256 * 1024
_ALSO_EMPTY = {"hadolint"}
_RECORD = re.compile(rb'\s*\{\s*"measure"\s*:')
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


class Recognised(Struct, frozen=True, kw_only=True):
    """The tool, what its reader yields, and the keys that the document had twice.

    ``silent_is_clean``: a report of nothing means that nothing is wrong.
    """

    tool: str
    items: Iterator[Item]
    repeated: tuple[str, ...] = ()
    silent_is_clean: bool = False


def recognise(chunks: Iterable[bytes], *, source: str, expected: str | None = None) -> Recognised:
    """The reader's view of a report. Raises :class:`ReportError` where no reader can take it."""
    head, chunks = split_head(even(chunks), _HEAD)
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise ReportError(Problem.UNREADABLE, f"the report is {what}, not plain UTF-8 text")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise ReportError(Problem.EMPTY, "the report is empty")
    if _RECORD.match(text):
        return _from_text(records.FORMAT, decode_text(whole(chunks)), source)
    if text.startswith((b"{", b"[")):
        return _from_json(head, chunks, source, expected)
    if text.startswith(b"<"):
        return _from_xml(chunks, source)
    body = decode_text(whole(chunks))
    return _from_text(_fitting(TEXT_FORMATS, body), body, source)


def _from_json(head: bytes, chunks: Iterator[bytes], source: str, expected: str | None) -> Recognised:
    if "runs" in top_keys(head):
        return Recognised(tool="sarif", items=sarif.read_sarif(_without_mark(chunks)), silent_is_clean=True)
    data = whole(chunks)
    document = decode(data)
    if isinstance(document.value, dict) and "runs" in document.value:
        return Recognised(tool="sarif", items=sarif.read_sarif(_without_mark(even([data]))), silent_is_clean=True)
    if document.value == []:
        return _from_nothing(expected)
    known = _fitting(JSON_FORMATS, document.value)
    items = known.read(Report(body=document.value, source=source))
    return Recognised(tool=known.tool, items=items, repeated=document.repeated, silent_is_clean=known.silent_is_clean)


def _from_xml(chunks: Iterator[bytes], source: str) -> Recognised:
    stream = XmlStream(chunks)
    known = _fitting(XML_FORMATS, stream)
    return Recognised(tool=known.tool, items=known.read(Report(body=stream, source=source)))


def _from_text(known: TextFormat, body: str, source: str) -> Recognised:
    items = known.read(Report(body=body, source=source))
    return Recognised(tool=known.tool, items=chain(items, _unended(body)))


def _unended(body: str) -> Iterator[Item]:
    if not body.endswith("\n"):
        yield problem(Problem.TRUNCATED, "the last line does not end: it may be cut short")


def _from_nothing(expected: str | None) -> Recognised:
    if expected in _ALSO_EMPTY:
        return Recognised(tool=expected or "", items=iter(()), silent_is_clean=True)
    raise ReportError(Problem.UNRECOGNISED, "the report is an empty list, which does not tell what tool found nothing")


def _fitting(formats: Iterable[Format[Body]], body: Body) -> Format[Body]:
    for known in formats:
        if known.fits(body):
            return known
    raise ReportError(
        Problem.UNRECOGNISED, f"no known tool writes such a report. expected one of {', '.join(KNOWN_TOOLS)}"
    )


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    yield first.removeprefix(b"\xef\xbb\xbf")
    yield from chunks
