"""The first tables, as plain SQL of each database: statements stand between lines of `--`."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, index and trigger."""
    dialect = op.get_bind().dialect.name
    statements = Path(__file__).with_suffix(f".{dialect}.sql").read_text(encoding="utf-8")
    for statement in statements.split("\n--\n"):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%") if dialect == "postgresql" else statement)


def downgrade() -> None:
    """Remove everything that was made."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        bind.exec_driver_sql(
            "do $$ declare one record; begin "
            "for one in select tablename from pg_tables where schemaname = current_schema() and tablename <> 'alembic_version' loop "
            "execute format('drop table %%I cascade', one.tablename); end loop; end $$"
        )
        bind.exec_driver_sql("drop function if exists append_only()")
        return
    bind.exec_driver_sql("drop table if exists search_index")
    names = bind.exec_driver_sql(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'alembic_version'"
    )
    for (name,) in names.fetchall():
        bind.exec_driver_sql(f'drop table "{name}"')
