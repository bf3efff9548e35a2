"""``[audit]`` of ``sluice.toml``. In: the file's text. Out: settings, or every error in them."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.audit.model import AuditSettings, Part
from sluice.source.toml.table import Table, read_document

_PARTS = tuple(part.value for part in Part)
KEYS: Mapping[str, Mapping[str, str]] = {
    "audit": {
        "exclude": "files that are left out, as patterns such as `tests/cases/**`",
        "skip": f"parts that `sluice audit` leaves out: {', '.join(f'`{part}`' for part in _PARTS)}",
        "advisories": "a folder or archive of OSV records to use instead of the OSV service",
        "osv": "where the OSV service is",
        "index": "the package index that release dates are asked of; the one that pip would ask otherwise",
        "secrets-baseline": "detect-secrets' file of what is no secret; `.secrets.baseline` otherwise",
        "history-seconds": "for how long the history is searched for secrets, 60 otherwise",
        "allow-licences": "the only licences that dependencies may have, as SPDX ids or patterns",
        "deny-licences": 'licences that no dependency may have, such as `"AGPL-*"`',
    }
}
"""What may stand in the table, and what it means."""


def read_audit_settings(text: str, file: str) -> AuditSettings:
    """The settings in the text. Raises ``InvalidInputError`` with a diagnostic for each error."""
    table = read_document(text, file).table("audit", tuple(KEYS["audit"]))
    default = AuditSettings()
    settings = AuditSettings(
        exclude=table.words("exclude"),
        skip=_skipped(table),
        advisories=table.text("advisories") or None,
        osv=table.text("osv", default.osv),
        index=table.text("index") or None,
        secrets_baseline=table.text("secrets-baseline") or None,
        history_seconds=table.number("history-seconds", default.history_seconds, "seconds"),
        allow_licences=table.words("allow-licences"),
        deny_licences=table.words("deny-licences"),
    )
    table.check()
    return settings


def _skipped(table: Table) -> tuple[Part, ...]:
    words = table.words("skip")
    for word in words:
        if word not in _PARTS:
            table.report(("skip",), f"there is no part '{word}'", allowed=_PARTS)
    return tuple(Part(word) for word in words if word in _PARTS)
