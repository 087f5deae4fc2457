"""How Alembic runs the migrations: on the connection that `services.platform.migrate` gives, in its one transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from services.platform import migrate


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write the plain type of a column, so that a migration stays what it was when our types change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        plain = item.load_dialect_impl(autogen.dialect)
        return f"sa.{plain!r}"
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=migrate.metadata(),
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
    include_object=migrate.declared_object,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
