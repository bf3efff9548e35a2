"""Alembic's entry: runs the chosen migrations on the connection that `moving` hands in, within its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
