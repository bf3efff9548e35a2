"""``[maintain]`` of ``sluice.toml``. In: the document. Out: settings."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sluice.plan.event.patterns import find_problems
from sluice.source.toml.table import Table

KEYS: Mapping[str, Mapping[str, str]] = {
    "maintain": {
        "public": "patterns of files that users meet: a commit that changes one should change documentation, too",
        "docs": 'patterns of the documentation; `["docs/**", "**.md"]` otherwise',
        "keep-days": "days after which a run may be removed; 90 otherwise",
        "free-percent": "so much of the disk that keeps runs must be free; 10 otherwise",
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
    free_percent: float = 10
    packages: tuple[str, ...] = ()
    recovery: tuple[Recovery, ...] = ()


def read_maintenance(document: Table) -> MaintainSettings:
    """The settings of the file; what is wrong is reported to the document."""
    table = document.table("maintain", tuple(KEYS["maintain"]))
    for key in ("public", "docs"):
        for pattern, message in find_problems(table.words(key)):
            table.report((key,), f"{key}: the pattern '{pattern}' {message}")
    drills = table.tables("recovery", tuple(KEYS["maintain.recovery.NAME"]))
    return MaintainSettings(
        public=table.words("public"),
        docs=table.words("docs", _DOCS),
        keep_days=table.number("keep-days", 90, "days"),
        free_percent=table.number("free-percent", 10, "percent"),
        packages=table.words("packages"),
        recovery=tuple(_recovery(name, drill) for name, drill in drills.items()),
    )


def _recovery(name: str, table: Table) -> Recovery:
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
