"""One report into evidence: its bytes in, whole or in chunks; measures, findings and problems out, never an error.

Recognise, read, check each thing once, name where it came from. It must not know any one format, nor where the bytes
come from.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.evidence.advisories import NO_ADVISORIES, Advisories
from sluice.evidence.entries import Item
from sluice.evidence.examined import EXAMINES
from sluice.evidence.limits import LARGEST_STREAM, MOST_FINDINGS, MOST_MEASURES, MOST_PROBLEMS, MOST_SAMPLES
from sluice.evidence.model import Evidence, Finding, Kind, Measure, Severity
from sluice.evidence.problems import Problem, ReportError, one_line, problem
from sluice.evidence.recognition import Recognised, recognise

_MOST_OF_A_LIST = 50  # versions or aliases of one finding


class Origin(Struct, frozen=True, kw_only=True):
    """Where a report was made.

    ``commit`` and ``machine`` (a fingerprint) go into each measure that does not name its own. ``subject`` goes into
    each measure's name behind its first part: ``image/size`` becomes ``image/slim/size``.
    """

    commit: str | None = None
    machine: str | None = None
    subject: str | None = None


def read_report(
    data: bytes | Iterable[bytes],
    *,
    source: str,
    expected: str | None = None,
    origin: Origin | None = None,
    advisories: Advisories = NO_ADVISORIES,
) -> Evidence:
    """What a report says.

    ``source`` is its path or another label: it stands in problems, and names criterion's benchmarks. ``expected`` is a
    tool's name, for content that does not tell its own (``[]``). ``advisories`` rate the findings that their tool did
    not. Raises only what ``data`` raises.
    """
    reading = _Reading(source=source, origin=origin or Origin(), advisories=advisories)
    chunks = _Digested((data,) if isinstance(data, bytes) else data)
    reading.take_all(chunks, expected)
    chunks.drain()
    return reading.evidence(f"sha256:{chunks.digest.hexdigest()}")


def missing_report(source: str, *, reason: str = "there is no such file") -> Evidence:
    """The evidence of a report that should be there and is not."""
    return Evidence(problems=(problem(Problem.MISSING, f"the report {source} is missing: {reason}", source=source),))


class _Digested:
    """The chunks as they pass by, and their digest; what the reader left is read to the end, so that it is whole. Of
    what never ends it is that of as much as any reader takes.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._left = LARGEST_STREAM
        self._chunks = iter(chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.digest.update(chunk)
        self._left -= len(chunk)
        return chunk

    def drain(self) -> None:
        for _ in self:
            if self._left < 0:
                break


class _Reading(Struct, kw_only=True):
    source: str
    origin: Origin
    advisories: Advisories
    tool: str = ""
    measures: dict[str, Measure] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    more_findings: Counter[tuple[Kind, Severity]] = field(default_factory=Counter)
    more_problems: int = 0
    samples: int = 0
    examined: set[Kind] = field(default_factory=set)

    def take_all(self, chunks: Iterable[bytes], expected: str | None) -> None:
        try:
            recognised = recognise(chunks, source=self.source, expected=expected)
            self._note_recognised(recognised)
            for item in recognised.items:
                self._take(item)
            self.examined |= EXAMINES.get(recognised.tool, frozenset())
            if not (recognised.silent_is_clean or self.measures or self.findings or self.problems):
                self._note(problem(Problem.NO_DATA, "the report holds nothing that was measured"))
        except ReportError as error:
            self._note(problem(error.problem, error.message))
        except RecursionError:
            self._note(problem(Problem.TOO_DEEP, "the report is nested too deeply"))
        except (ValueError, OverflowError, ArithmeticError) as error:
            self._note(problem(Problem.UNREADABLE, f"the report can't be read: {error}"))

    def _note_recognised(self, recognised: Recognised) -> None:
        self.tool = recognised.tool
        for key in recognised.repeated:
            self._note(problem(Problem.DUPLICATE_NAME, f"an object has two keys {key!r}; the last one was read"))

    def _take(self, item: Item) -> None:
        match item:
            case Measure():
                self._take_measure(item)
            case Finding(kind=Kind.REPORT_PROBLEM):
                self._note(item)
            case Finding():
                self._take_finding(item)
            case Kind():
                self.examined.add(item)

    def _take_measure(self, found: Measure) -> None:
        if self.origin.subject:
            first, _, rest = found.name.partition("/")
            found = replace(found, name="/".join(part for part in (first, self.origin.subject, rest) if part))
        self.samples += len(found.samples)
        if found.name in self.measures:
            self._note(problem(Problem.DUPLICATE_NAME, f"{found.name} is reported twice; the first one was read"))
        elif len(self.measures) >= MOST_MEASURES or self.samples > MOST_SAMPLES:
            raise ReportError(Problem.TOO_LARGE, f"more than {MOST_MEASURES:,} measures or {MOST_SAMPLES:,} samples")
        else:
            self.measures[found.name] = found

    def _take_finding(self, found: Finding) -> None:
        if found.severity is Severity.UNKNOWN:
            found = replace(found, severity=self.advisories.severity_of((found.id, *found.aliases)))
        if found.severity is Severity.UNKNOWN:
            where = f" in {found.package}" if found.package else ""
            self._note(
                problem(Problem.UNKNOWN_SEVERITY, f"nobody says how bad {found.id}{where} is", package=found.package)
            )
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(found)
        else:
            self.more_findings[found.kind, found.severity] += found.count

    def _note(self, found: Finding) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(found)
        else:
            self.more_problems += 1

    def evidence(self, digest: str) -> Evidence:
        """Everything taken, each with its origin."""
        if self.more_problems:
            self.problems.append(problem(Problem.MORE, f"{self.more_problems:,} further problems of this report"))
        for (kind, severity), count in sorted(self.more_findings.items()):
            title = f"{count:,} further findings of severity {severity}, counted but not kept one by one"
            self.findings.append(
                Finding(id=Problem.MORE.value, kind=kind, severity=severity, title=title, tool=self.tool, count=count)
            )
        return Evidence(
            measures=tuple(self._placed(found, digest) for found in self.measures.values()),
            findings=tuple(_cleaned(found, self.tool, digest) for found in self.findings),
            problems=tuple(
                _cleaned(replace(found, path=found.path or self.source), self.tool, digest) for found in self.problems
            ),
            examined=frozenset(self.examined),
        )

    def _placed(self, found: Measure, digest: str) -> Measure:
        return replace(
            found,
            digest=digest,
            tool=found.tool or self.tool,
            commit=found.commit or self.origin.commit,
            machine=found.machine or self.origin.machine,
        )


def _cleaned(found: Finding, tool: str, digest: str) -> Finding:
    """The finding with its origin, and with no text that could steer a terminal; ids and titles are clean already."""
    return replace(
        found,
        tool=found.tool or tool,
        digest=digest,
        package=_line(found.package),
        version=_line(found.version),
        path=_line(found.path),
        fixed_in=tuple(one_line(version) for version in found.fixed_in[:_MOST_OF_A_LIST]),
        aliases=tuple(one_line(alias) for alias in found.aliases[:_MOST_OF_A_LIST]),
    )


def _line(text: str | None) -> str | None:
    return None if text is None else one_line(text)
