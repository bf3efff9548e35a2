"""Two images side by side: what grew, what came, what went. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from sluice.images.model import ImageReport, Package


class Change(Struct, frozen=True, kw_only=True):
    """A package before and after; empty where it is not there."""

    name: str
    before: str
    after: str


class Comparison(Struct, frozen=True, kw_only=True):
    """``after`` against ``before``."""

    before: ImageReport
    after: ImageReport
    packages: tuple[Change, ...]
    settings: tuple[Change, ...]

    @property
    def grown(self) -> int:
        """Bytes more, unpacked."""
        return self.after.size - self.before.size


def compare(before: ImageReport, after: ImageReport) -> Comparison:
    """What differs."""
    return Comparison(
        before=before,
        after=after,
        packages=_changes(_versions(before.packages), _versions(after.packages)),
        settings=_changes(_settings(before), _settings(after)),
    )


def _versions(packages: Iterable[Package]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for package in packages:
        found.setdefault(f"{package.name} ({package.kind})", []).append(package.version)
    return {name: " ".join(versions) for name, versions in found.items()}


def _settings(report: ImageReport) -> dict[str, str]:
    found = report.configuration
    return {
        "user": found.user or "root",
        "entrypoint": " ".join(found.entrypoint),
        "command": " ".join(found.command),
        "ports": " ".join(found.ports),
        "volumes": " ".join(found.volumes),
        "health check": " ".join(found.health),
        "architecture": found.architecture,
    }


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    names = sorted({*before, *after})
    changes = (Change(name=name, before=before.get(name, ""), after=after.get(name, "")) for name in names)
    return tuple(change for change in changes if change.before != change.after)
