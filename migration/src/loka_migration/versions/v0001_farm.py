"""Pools, miners and workers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "pools",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(255), nullable=False),
        sa.Column("password", sa.String(255), server_default="", nullable=False),
        sa.Column("user_separator", sa.String(8), server_default=".", nullable=False),
        sa.Column("worker_separator", sa.String(8), server_default="_", nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pools"),
        sa.UniqueConstraint("name", name="uq_pools_name"),
        sa.CheckConstraint("name <> ''", name="ck_pools_name"),
        sa.CheckConstraint("host <> ''", name="ck_pools_host"),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name="ck_pools_port"),
        sa.CheckConstraint("priority >= 0", name="ck_pools_priority"),
    )
    op.create_table(
        "miners",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("username", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_miners"),
        sa.UniqueConstraint("username", name="uq_miners_username"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("miner_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
        sa.ForeignKeyConstraint(["miner_id"], ["miners.id"], name="fk_workers_miner_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name="fk_workers_pool_id", ondelete="CASCADE"),
        sa.UniqueConstraint("pool_id", "miner_id", "name", name="uq_workers_pool_id_miner_id_name"),
        sa.UniqueConstraint("id", "pool_id", name="uq_workers_id_pool_id"),
        sa.UniqueConstraint("id", "miner_id", "pool_id", name="uq_workers_id_miner_id_pool_id"),
        sa.CheckConstraint("last_seen_at >= created_at", name="ck_workers_seen_after_creation"),
    )
    op.create_index("ix_workers_miner_id", "workers", ["miner_id"])


def downgrade() -> None:
    """Drop them, and what is in them."""
    op.drop_table("workers")
    op.drop_table("miners")
    op.drop_table("pools")
