"""Submissions, with a hash count that is exact for every difficulty."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOST_DIFFICULTY = 26959946667150639794667015087019630673637144422540572481103610249216  # 2**224


def upgrade() -> None:
    """Create the table. NUMERIC has no precision here: with one, the server would round, and silently."""
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.String(255), nullable=False),
        sa.Column("difficulty", sa.Numeric(), nullable=False),
        sa.Column("hashes", sa.Numeric(), sa.Computed("difficulty * 4294967296", persisted=True), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), sa.Computed("verdict = 'accepted'", persisted=True), nullable=False),
        sa.Column("reject_reason", sa.String(255), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.ForeignKeyConstraint(
            ["worker_id", "pool_id"],
            ["workers.id", "workers.pool_id"],
            name="fk_submissions_worker_id_pool_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            f"difficulty > 0 AND difficulty <= {MOST_DIFFICULTY}",
            name="ck_submissions_difficulty",
        ),
        sa.CheckConstraint("scale(difficulty) <= 64", name="ck_submissions_difficulty_digits"),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'rejected', 'stale', 'duplicate', 'unanswered')",
            name="ck_submissions_verdict",
        ),
        sa.CheckConstraint(
            "verdict <> 'accepted' OR reject_reason IS NULL",
            name="ck_submissions_accepted_without_reason",
        ),
        sa.CheckConstraint(
            "(verdict = 'unanswered') = (answered_at IS NULL)",
            name="ck_submissions_answered_with_time",
        ),
    )


def downgrade() -> None:
    """Drop it, and every share in it."""
    op.drop_table("submissions")
