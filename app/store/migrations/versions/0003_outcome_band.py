"""Questions of an outcome by confidence: the filter that read every row."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Order the answers by outcome, tenth of confidence and number."""
    op.create_index("ix_answers_outcome_band_id", "answers", ["outcome", "band", "id"])


def downgrade() -> None:
    """Drop that order."""
    op.drop_index("ix_answers_outcome_band_id", table_name="answers")
