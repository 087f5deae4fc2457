"""How Alembic runs the migrations: on what `services.platform.migrate` gives it, in its one transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations.ops import CreateIndexOp
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from models.base import NullsFirst


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write the plain type of a column, so that a migration stays what it was when our types change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


writer = Rewriter()


@writer.rewrites(CreateIndexOp)
def empty_first(_context: object, _revision: object, made: CreateIndexOp) -> CreateIndexOp:
    """An index in which empty values come first is written with plain columns, and a word for PostgreSQL."""
    first = [part.element.name for part in made.columns if isinstance(part, NullsFirst)]
    if first:
        made.columns = [part.element if isinstance(part, NullsFirst) else part for part in made.columns]
        made.kw["postgresql_ops"] = dict.fromkeys(first, "NULLS FIRST")
    return made


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
    include_object=context.config.attributes["declared_object"],
    render_item=render_item,
    process_revision_directives=writer,
)
with context.begin_transaction():
    context.run_migrations()
