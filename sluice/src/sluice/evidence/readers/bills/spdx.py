"""SPDX 2.2 and 2.3, JSON and tag-value: counts of packages, and of those without a licence.

``NOASSERTION`` and ``NONE`` are no licence. https://spdx.github.io/spdx-spec/v2.3/package-information/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.bills.counting import counted
from sluice.evidence.readers.report import JsonFormat, Report, TextFormat, has_keys

_NO_LICENCE = {"", "NOASSERTION", "NONE"}
_VERSIONS = {"SPDX-2.2", "SPDX-2.3"}
_FITS = re.compile(r"^SPDXVersion: ?\S", re.MULTILINE)


class _Package(msgspec.Struct, rename="camel"):
    name: str
    license_concluded: str = ""
    license_declared: str = ""


class _Document(msgspec.Struct, rename="camel"):
    spdx_version: str
    packages: list[object] = []


def _read(report: Report[object]) -> Iterator[Item]:
    document = shaped(report.body, _Document)
    yield from _version(document.spdx_version)
    licensed: list[bool] = []

    def take(package: _Package) -> Iterator[Item]:
        licensed.append(not {package.license_concluded, package.license_declared} <= _NO_LICENCE)
        yield from ()

    yield from each(document.packages, _Package, take, what="package")
    yield from counted(len(licensed), licensed.count(False))


def _read_tags(report: Report[str]) -> Iterator[Item]:
    licensed: list[bool] = []
    for line in report.body.splitlines():
        tag, _, value = line.partition(":")
        match tag:
            case "SPDXVersion":
                yield from _version(value.strip())
            case "PackageName":
                licensed.append(False)
            case "PackageLicenseConcluded" | "PackageLicenseDeclared" if licensed:
                licensed[-1] = licensed[-1] or value.strip() not in _NO_LICENCE
            case _:
                pass
    yield from counted(len(licensed), licensed.count(False))


def _version(text: str) -> Iterator[Item]:
    if text not in _VERSIONS:
        yield problem(Problem.UNRECOGNISED, f"version {text[:40]!r}, expected one of {', '.join(sorted(_VERSIONS))}")


JSON = JsonFormat(tool="spdx", fits=lambda body: has_keys(body, "spdxVersion"), read=_read)
TAG_VALUE = TextFormat(tool="spdx", fits=lambda text: bool(_FITS.search(text[:4000])), read=_read_tags)
