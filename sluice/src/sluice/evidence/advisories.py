"""What advisories say of severities: OSV records in, a severity for an id or an alias out. It must not fetch any."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct, field

from sluice.evidence.model import Severity
from sluice.evidence.severities import severity_of_vector, severity_of_word, worst


class Advisories(Struct, frozen=True, kw_only=True):
    """Severities by advisory id and alias (CVE-..., GHSA-..., PYSEC-...)."""

    severities: dict[str, Severity] = field(default_factory=dict)

    def severity_of(self, ids: Iterable[str]) -> Severity:
        """The worst that is said of any of these ids; unknown where nothing is."""
        return worst([self.severities[name] for name in ids if name in self.severities])


NO_ADVISORIES = Advisories()


class _Rating(msgspec.Struct):
    score: str = ""


class _Specific(msgspec.Struct):
    severity: str = ""


class _Record(msgspec.Struct):
    id: str
    aliases: list[str] = []
    severity: list[_Rating] = []
    database_specific: _Specific | None = None


def read_advisories(records: Iterable[object]) -> Advisories:
    """The severities in OSV records (https://ossf.github.io/osv-schema/), decoded from JSON or YAML already.

    Rated by the CVSS vectors, or else by the database's own word. A record of another shape is left out.
    """
    severities: dict[str, Severity] = {}
    for record in records:
        try:
            found = msgspec.convert(record, _Record)
        except (msgspec.ValidationError, RecursionError):
            continue
        severity = _severity(found)
        if severity is not Severity.UNKNOWN:
            for name in (found.id, *found.aliases):
                severities[name] = worst([severity, severities.get(name, Severity.UNKNOWN)])
    return Advisories(severities=severities)


def _severity(record: _Record) -> Severity:
    rated = worst([severity_of_vector(rating.score) for rating in record.severity])
    if rated is Severity.UNKNOWN and record.database_specific:
        return severity_of_word(record.database_specific.severity)
    return rated
