"""Loka's Alembic migrations and the command that runs them."""

__version__ = "0.1.0"
