"""What a change set undoes, what was written by a rule, and the orders in which change sets are looked through."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_change_set_at": ["centre_id", "at", "id"],
    "ix_change_set_account": ["centre_id", "account_id", "at", "id"],
    "ix_change_set_table": ["centre_id", "table_name", "at", "id"],
    "ix_change_set_action": ["centre_id", "action", "at", "id"],
    "ix_change_set_undoes": ["undoes"],
}


def upgrade() -> None:
    # Columns are added in place: a table made anew would lose the triggers that keep the history as it is.
    op.add_column("change", sa.Column("by_rule", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("alter table change_set add column undoes integer references change_set (id)")
    else:
        op.add_column("change_set", sa.Column("undoes", sa.Integer(), sa.ForeignKey("change_set.id"), nullable=True))
    op.drop_index("ix_change_set_centre", "change_set")
    op.drop_index("ix_change_set_account", "change_set")
    for name, columns in INDEXES.items():
        op.create_index(name, "change_set", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "change_set")
    op.create_index("ix_change_set_centre", "change_set", ["centre_id", "id"])
    op.create_index("ix_change_set_account", "change_set", ["centre_id", "account_id", "id"])
    op.drop_column("change_set", "undoes")
    op.drop_column("change", "by_rule")
