"""Earnings of a day, and their distribution over workers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOST_HASHRATE = 10**40
MOST_SATOSHI = 2_100_000_000_000_000


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "earnings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        *_amounts(),
        sa.PrimaryKeyConstraint("id", name="pk_earnings"),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name="fk_earnings_pool_id", ondelete="CASCADE"),
        sa.UniqueConstraint("pool_id", "date", name="uq_earnings_pool_id_date"),
        *_bounds("earnings"),
    )
    op.create_table(
        "distributions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("miner_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        *_amounts(),
        sa.PrimaryKeyConstraint("id", name="pk_distributions"),
        sa.ForeignKeyConstraint(
            ["worker_id", "miner_id", "pool_id"],
            ["workers.id", "workers.miner_id", "workers.pool_id"],
            name="fk_distributions_worker_id_miner_id_pool_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("worker_id", "date", name="uq_distributions_worker_id_date"),
        *_bounds("distributions"),
    )


def downgrade() -> None:
    """Drop both, and what is in them."""
    op.drop_table("distributions")
    op.drop_table("earnings")


def _amounts() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reward_satoshi", sa.BigInteger(), nullable=False),
        sa.Column("internal_hashrate", sa.Numeric(), nullable=False),
        sa.Column("external_hashrate", sa.Numeric(), nullable=False),
    )


def _bounds(table: str) -> tuple[sa.CheckConstraint, ...]:
    conditions = {"reward_satoshi": f"reward_satoshi BETWEEN 0 AND {MOST_SATOSHI}"} | {
        column: f"{column} >= 0 AND {column} < {MOST_HASHRATE}" for column in ("internal_hashrate", "external_hashrate")
    }
    return tuple(sa.CheckConstraint(text, name=f"ck_{table}_{column}") for column, text in conditions.items())
