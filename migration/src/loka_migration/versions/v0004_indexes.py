"""The indexes of the named queries: shares per worker per hour, hashrate over a window, earnings per day."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them. Those of submissions cover their queries, so that no row has to be read."""
    op.create_index(
        "ix_submissions_worker_id_submitted_at",
        "submissions",
        ["worker_id", "submitted_at"],
        postgresql_include=["valid", "hashes"],
    )
    op.create_index(
        "ix_submissions_submitted_at",
        "submissions",
        ["submitted_at"],
        postgresql_include=["worker_id", "pool_id", "valid", "hashes"],
    )
    op.create_index("ix_earnings_date", "earnings", ["date"])
    op.create_index("ix_distributions_miner_id_date", "distributions", ["miner_id", "date"])
    op.create_index("ix_distributions_pool_id_date", "distributions", ["pool_id", "date"])


def downgrade() -> None:
    """Drop them; the queries become slow, nothing is lost."""
    op.drop_index("ix_distributions_pool_id_date", "distributions")
    op.drop_index("ix_distributions_miner_id_date", "distributions")
    op.drop_index("ix_earnings_date", "earnings")
    op.drop_index("ix_submissions_submitted_at", "submissions")
    op.drop_index("ix_submissions_worker_id_submitted_at", "submissions")
