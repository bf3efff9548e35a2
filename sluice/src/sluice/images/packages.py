"""The packages that an image's own databases list: dpkg's, apk's, Python's metadata. Texts in. Pure.

A package counts as the last layer has it, and only when it is installed (deb-version(7), dpkg-query(1): status).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.parser import HeaderParser

from sluice.images.model import Package

_DPKG = re.compile(r"var/lib/dpkg/(?:status|status\.d/[^/]+)")
_PYTHON = re.compile(r"(?:.+/)?[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO)")
_APK = re.compile(r"lib/apk/db/installed")


def reader_of(path: str) -> Callable[[str], Iterator[Package]] | None:
    """What reads the packages out of a file; nothing for a file that lists none."""
    if _DPKG.fullmatch(path) and not path.endswith(".md5sums"):
        return _read_dpkg
    if _PYTHON.fullmatch(path):
        return _read_python
    return _read_apk if _APK.fullmatch(path) else None


def _paragraphs(text: str) -> Iterator[Mapping[str, str]]:
    for paragraph in text.split("\n\n"):
        fields = (line.partition(":") for line in paragraph.splitlines() if not line.startswith((" ", "\t")))
        found = {name: value.strip() for name, colon, value in fields if colon}
        if found:
            yield found


def _read_dpkg(text: str) -> Iterator[Package]:
    for found in _paragraphs(text):
        if "Package" in found and "Version" in found and found.get("Status", "ok installed").endswith("installed"):
            yield Package(
                kind="deb",
                name=found["Package"],
                version=found["Version"],
                architecture=found.get("Architecture", ""),
            )


def _read_python(text: str) -> Iterator[Package]:
    found = HeaderParser().parsestr(text)
    if found["Name"] and found["Version"]:
        name = re.sub(r"[-_.]+", "-", found["Name"]).lower()
        licence = found["License-Expression"] or found["License"] or ""
        yield Package(kind="pypi", name=name, version=found["Version"], licence=licence.strip().split("\n")[0][:100])


def _read_apk(text: str) -> Iterator[Package]:
    for found in _paragraphs(text):
        if "P" in found and "V" in found:
            yield Package(
                kind="apk",
                name=found["P"],
                version=found["V"],
                architecture=found.get("A", ""),
                licence=found.get("L", ""),
            )


def package_url(package: Package) -> str:
    """The package's URL (github.com/package-url/purl-spec)."""
    version = package.version.replace(":", "%3A").replace("+", "%2B")
    match package.kind:
        case "deb":
            return f"pkg:deb/debian/{package.name}@{version}?arch={package.architecture}"
        case "apk":
            return f"pkg:apk/alpine/{package.name}@{version}?arch={package.architecture}"
        case kind:
            return f"pkg:{kind}/{package.name}@{version}"
