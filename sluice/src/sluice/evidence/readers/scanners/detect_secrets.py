"""detect-secrets' JSON (its baseline format): a secret for each result; what an audit called none is counted.

What is told by its shape (a key of some service, a private key) counts as high; what merely looks random, or stands
beside a word such as "password", as medium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped, valued
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import one_line
from sluice.evidence.readers.report import JsonFormat, Report, has_keys

_GUESSED = ("entropy", "keyword", "public-ip")


class _Result(msgspec.Struct):
    type: str
    filename: str
    hashed_secret: str
    line_number: int = 0
    is_secret: bool | None = None


class _File(msgspec.Struct):
    results: dict[str, list[object]]


def secret_finding(kind: str, digest: str, path: str, line: int = 0, where: str = "") -> Finding:
    """The finding for one secret; ``kind`` is detect-secrets' name of its type, ``where`` what to say beside it.

    The first digits of its digest are its other name: a waiver can mean this one secret, wherever it stands.
    """
    rule = re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")
    return Finding(
        id=one_line(rule, LONGEST_NAME) or "secret",
        kind=Kind.SECRET,
        severity=Severity.MEDIUM if any(word in rule for word in _GUESSED) else Severity.HIGH,
        title=one_line(f"{kind}{where}"),
        tool="detect-secrets",
        path=path,
        line=line if line > 0 else None,
        aliases=(one_line(digest[:12], LONGEST_NAME),),
    )


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    suppressed = 0

    def of_result(result: _Result) -> Iterator[Item]:
        nonlocal suppressed
        if result.is_secret is False:
            suppressed += 1
        else:
            yield secret_finding(result.type, result.hashed_secret, result.filename, result.line_number)

    for path, results in found.results.items():
        yield from each(results, _Result, of_result, what=f"{path}: result")
    if suppressed:
        yield valued("suppressed/detect-secrets", "count", suppressed)


FORMAT = JsonFormat(
    tool="detect-secrets",
    fits=lambda body: has_keys(body, "plugins_used", "results"),
    silent_is_clean=True,
    read=_read,
)
