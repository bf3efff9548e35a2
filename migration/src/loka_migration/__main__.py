"""``python -m loka_migration``."""

from loka_migration.cli import run

run()
