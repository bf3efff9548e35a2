"""Bills of materials: CycloneDX 1.5 and SPDX 2.3 as JSON, of the packages that an image lists. Pure."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from sluice import __version__
from sluice.images.model import ImageReport, Package
from sluice.images.packages import package_url
from sluice.source.times import stamp


def cyclonedx(report: ImageReport, now: datetime) -> dict[str, object]:
    """https://cyclonedx.org/docs/1.5/json."""
    serial = uuid.uuid5(uuid.NAMESPACE_URL, report.digest)
    subject = {"type": "container", "bom-ref": report.digest, "name": report.name, "version": report.digest}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": stamp(now.timestamp()),
            "tools": {"components": [{"type": "application", "name": "sluice", "version": __version__}]},
            "component": subject,
        },
        "components": [_component(package) for package in report.packages],
    }


def _component(package: Package) -> dict[str, object]:
    url = package_url(package)
    found: dict[str, object] = {
        "type": "library",
        "bom-ref": url,
        "name": package.name,
        "version": package.version,
        "purl": url,
    }
    return {**found, "licenses": [{"license": {"name": package.licence}}]} if package.licence else found


def spdx(report: ImageReport, now: datetime) -> dict[str, object]:
    """https://spdx.github.io/spdx-spec/v2.3."""
    listed = [_spdx_package(number, package) for number, package in enumerate(report.packages, start=1)]
    image = {
        "SPDXID": "SPDXRef-Image",
        "name": report.name,
        "versionInfo": report.digest,
        "downloadLocation": "NOASSERTION",
        "primaryPackagePurpose": "CONTAINER",
        "filesAnalyzed": False,
    }
    holds = [
        {"spdxElementId": "SPDXRef-Image", "relationshipType": "CONTAINS", "relatedSpdxElement": one["SPDXID"]}
        for one in listed
    ]
    describes = {
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-Image",
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": report.name,
        "documentNamespace": f"https://sluice.invalid/spdx/{report.digest.removeprefix('sha256:')}",
        "creationInfo": {"created": stamp(now.timestamp()), "creators": [f"Tool: sluice-{__version__}"]},
        "packages": [image, *listed],
        "relationships": [describes, *holds],
    }


def _spdx_package(number: int, package: Package) -> dict[str, object]:
    locator = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": package_url(package),
    }
    return {
        "SPDXID": f"SPDXRef-Package-{number}-{re.sub(r'[^A-Za-z0-9.-]', '-', package.name)}",
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [locator],
    }
