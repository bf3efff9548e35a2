"""A bill of materials (CycloneDX 1.6, JSON) of everything that the lock files pin. In: packages. Out: the document."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sluice import __version__
from sluice.audit.model import NotCheckedError
from sluice.audit.packages.model import PURL_TYPES, Package
from sluice.audit.programs import EXTRA


def as_bill(packages: Iterable[Package], root: Path) -> str:
    """The document, the same for the same packages but for its serial number and time.

    Raises ``NotCheckedError`` where there is nothing to list, or cyclonedx-python-lib isn't installed.
    """
    listed = tuple(packages)
    if not listed:
        raise NotCheckedError("no lock file pins anything: there is nothing to list")
    try:
        from cyclonedx.model.bom import Bom  # noqa: PLC0415 - an extra, and slow to load
        from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415 - as above
        from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415 - as above
    except ImportError as error:
        raise NotCheckedError("cyclonedx-python-lib isn't installed", hint=EXTRA) from error
    bill = Bom(components=map(_component, listed))
    bill.metadata.component = Component(name=root.name, type=ComponentType.APPLICATION, bom_ref="root")
    bill.metadata.tools.components.add(Component(name="sluice", version=__version__, type=ComponentType.APPLICATION))
    bill.register_dependency(bill.metadata.component, bill.components)
    return str(JsonV1Dot6(bill).output_as_string(indent=2)) + "\n"


def _component(package: Package) -> Any:  # noqa: ANN401 - an extra's type
    from cyclonedx.model import HashType  # noqa: PLC0415 - an extra, and slow to load
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415 - as above
    from packageurl import PackageURL  # noqa: PLC0415 - as above

    kind = PURL_TYPES[package.ecosystem]
    group, _, name = package.name.rpartition("/")
    url = PackageURL(type=kind, namespace=group or None, name=name, version=package.version)
    return Component(
        type=ComponentType.LIBRARY,
        group=group or None,
        name=name,
        version=package.version,
        purl=url,
        bom_ref=str(url),
        licenses=_licences(package.licence),
        hashes=[HashType.from_composite_str(text) for text in package.hashes] if len(package.hashes) == 1 else [],
    )


def _licences(said: str | None) -> list[Any]:
    from cyclonedx.contrib.license.factories import LicenseFactory  # noqa: PLC0415 - an extra, and slow to load

    return [LicenseFactory().make_from_string(said)] if said else []
