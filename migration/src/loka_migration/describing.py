"""A schema in words: one line for each column, constraint and index, as the server itself writes them.

What two schemas differ in is what their lines differ in: the server brings both into the same words, so nothing is lost
to a reader that doesn't know check constraints or covering indexes.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

VERSION_TABLE = "alembic_version"
"""Alembic's own; no model has it."""

_COLUMNS = """
SELECT relation.relname, attribute.attname, format_type(attribute.atttypid, attribute.atttypmod),
       attribute.attnotnull, attribute.attgenerated = 's', pg_get_expr(value.adbin, value.adrelid)
FROM pg_attribute attribute
JOIN pg_class relation ON relation.oid = attribute.attrelid AND relation.relkind IN ('r', 'p')
LEFT JOIN pg_attrdef value ON value.adrelid = relation.oid AND value.adnum = attribute.attnum
WHERE relation.relnamespace = current_schema()::regnamespace
  AND attribute.attnum > 0 AND NOT attribute.attisdropped AND relation.relname <> :version_table
ORDER BY 1, 2
"""

_CONSTRAINTS = """
SELECT relation.relname, entry.conname, pg_get_constraintdef(entry.oid, true)
FROM pg_constraint entry JOIN pg_class relation ON relation.oid = entry.conrelid
WHERE entry.connamespace = current_schema()::regnamespace
  AND entry.contype <> 'n' AND relation.relname <> :version_table
ORDER BY 1, 2
"""
"""Without NOT NULL, which PostgreSQL 18 lists here too: the columns' lines have it."""

_INDEXES = """
SELECT relation.relname, pg_get_indexdef(entry.indexrelid, 0, true)
FROM pg_index entry JOIN pg_class relation ON relation.oid = entry.indrelid
WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relname <> :version_table
  AND NOT EXISTS (SELECT FROM pg_constraint owner WHERE owner.conindid = entry.indexrelid AND owner.contype <> 'f')
ORDER BY 1, 2
"""

_TABLES = """
SELECT relation.relname FROM pg_class relation
WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relkind IN ('r', 'p')
  AND relation.relname <> :version_table
"""

_OTHERS = """
SELECT CASE relation.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'materialized view' END || ' '
       || relation.relname
FROM pg_class relation
WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relkind IN ('S', 'v', 'm')
  AND relation.relname <> :version_table
UNION ALL SELECT 'type ' || kind.typname FROM pg_type kind
WHERE kind.typnamespace = current_schema()::regnamespace AND kind.typtype IN ('e', 'd', 'r')
UNION ALL SELECT 'function ' || routine.oid::regprocedure FROM pg_proc routine
WHERE routine.pronamespace = current_schema()::regnamespace
UNION ALL SELECT 'trigger ' || fired.tgname || ' on ' || relation.relname
FROM pg_trigger fired JOIN pg_class relation ON relation.oid = fired.tgrelid
WHERE relation.relnamespace = current_schema()::regnamespace AND NOT fired.tgisinternal
ORDER BY 1
"""
"""By name: what a way back most often forgets is an enumeration's type."""


def describe(connection: Connection) -> list[str]:
    """The lines of the connection's current schema, sorted by table, and what else is in it by name."""
    tables: dict[str, list[str]] = {table: [] for (table,) in _rows(connection, _TABLES)}
    for table, name, kind, required, generated, value in _rows(connection, _COLUMNS):
        how = f" generated as {value}" if generated else f" default {value}" if value else ""
        line = f"  column {name} {kind}{' not null' if required else ''}{how}"
        tables.setdefault(table, []).append(line)
    for table, name, definition in _rows(connection, _CONSTRAINTS):
        tables.setdefault(table, []).append(f"  constraint {name} {definition}")
    for table, definition in _rows(connection, _INDEXES):
        tables.setdefault(table, []).append(f"  {definition}")
    lines = [line for table in sorted(tables) for line in (f"table {table}", *tables[table])]
    return lines + [name for (name,) in _rows(connection, _OTHERS)]


def _rows(connection: Connection, query: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in connection.execute(text(query), {"version_table": VERSION_TABLE})]
