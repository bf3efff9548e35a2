"""``[maintain]`` of ``sluice.toml``. In: the document and its text. Out: settings, and a diagnostic for each error."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sluice.delivery.deployment.tables import Table
from sluice.gates.policy.places import Places
from sluice.plan.patterns import find_problems
from sluice.source.diagnostics import Diagnostic

KEYS: Mapping[str, Mapping[str, str]] = {
    "maintain": {
        "public": "patterns of files that users meet: a commit that changes one should change documentation, too",
        "docs": 'patterns of the documentation; `["docs/**", "**.md"]` otherwise',
        "keep-days": "days after which a run may be removed; 90 otherwise",
        "packages": "container packages on GitHub whose old untagged versions are looked for",
        "recovery": "a table for each drill, by its name: what is recovered",
    },
    "maintain.recovery.NAME": {
        "backup": "a dump of `pg_dump` (plain, custom or tar), relative to the repository; it is restored into a fresh "
        "server",
        "fetch": "a command that brings the backup to the file `$BACKUP` instead",
        "postgresql": 'the server\'s version; `"15"` otherwise',
        "verify": "queries that each must answer with one value which is neither empty, false nor 0",
        "environment": "an environment with a target `process`, deployed from nothing into an empty folder",
        "database": "the environment's secret that gets the restored database's address",
        "limit": "seconds that the drill may take; 600 otherwise",
        "newest-days": "days that the backup may be old; any age otherwise",
    },
}
"""What may stand in each table, and what it means."""
_DOCS = ("docs/**", "**.md")


class Recovery(Struct, frozen=True, kw_only=True):
    """One ``[maintain.recovery.NAME]``: a backup, an environment, or the environment on the backup."""

    name: str
    backup: str = ""
    fetch: str = ""
    postgresql: str = "15"
    verify: tuple[str, ...] = ()
    environment: str = ""
    database: str = ""
    limit: float = 600
    newest_days: float = 0

    @property
    def has_backup(self) -> bool:
        """Whether a database is restored."""
        return bool(self.backup or self.fetch)


class MaintainSettings(Struct, frozen=True, kw_only=True):
    """The whole of ``[maintain]``."""

    public: tuple[str, ...] = ()
    docs: tuple[str, ...] = _DOCS
    keep_days: float = 90
    packages: tuple[str, ...] = ()
    recovery: tuple[Recovery, ...] = ()


def read_maintenance(document: Mapping[str, object], text: str, file: str) -> tuple[MaintainSettings, list[Diagnostic]]:
    """The settings, and everything that is wrong with its line, key and what is allowed."""
    found: list[Diagnostic] = []
    places = Places(text, file)
    table = Table(document.get("maintain", {}), ("maintain",), tuple(KEYS["maintain"]), places, found)
    for key in ("public", "docs"):
        for pattern, message in find_problems(table.words(key)):
            table.report((key,), f"{key}: the pattern '{pattern}' {message}")
    given = table.values.get("recovery")
    drills = table.inner("recovery", tuple(given) if isinstance(given, Mapping) else ())
    settings = MaintainSettings(
        public=table.words("public"),
        docs=table.words("docs", _DOCS),
        keep_days=table.number("keep-days", 90, "days"),
        packages=table.words("packages"),
        recovery=tuple(_recovery(drills, name) for name in drills.values) if drills else (),
    )
    return settings, found


def _recovery(drills: Table, name: str) -> Recovery:
    table = drills.inner(name, tuple(KEYS["maintain.recovery.NAME"]))
    assert table is not None  # noqa: S101 - the name is one of the document's
    drill = Recovery(
        name=name,
        backup=table.text("backup"),
        fetch=table.text("fetch"),
        postgresql=table.text("postgresql", "15"),
        verify=table.words("verify"),
        environment=table.text("environment"),
        database=table.text("database"),
        limit=table.number("limit", 600, "seconds"),
        newest_days=table.number("newest-days", 0, "days"),
    )
    _check(table, drill)
    return drill


def _check(table: Table, drill: Recovery) -> None:
    if drill.backup and drill.fetch:
        table.report(("fetch",), "a drill takes one of 'backup' and 'fetch'", allowed=("backup", "fetch"))
    if not drill.has_backup and not drill.environment:
        table.report((), "a drill recovers something", allowed=("backup", "fetch", "environment"))
    if drill.has_backup and not drill.verify:
        table.report((), "a restored database is verified: 'verify' needs a query", allowed=("verify",))
    if drill.database and not (drill.environment and drill.has_backup):
        table.report(("database",), "'database' needs a backup and an environment")
