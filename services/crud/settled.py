"""What goes with a record that is over and done (`Screen.settled`) is as settled as the record itself."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud.access import Actor
from services.crud.conditions import in_sql
from services.crud.registry import Table, tables
from services.platform.i18n import Message, msg


def reason(db: Session, actor: Actor, table: Table, values: Mapping[str, Any]) -> Message | None:
    """Why the actor leaves this record as it is: the one that it goes with is settled. None: it is not."""
    if actor.trusted:
        return None
    for parent, via in _parents(table):
        own, settled = parent.sql.c, parent.screen.settled
        if values.get(via) is None or settled is None:
            continue
        if db.execute(select(own.id).where(own.id == values[via], in_sql(settled, own))).first() is not None:
            title = Message(parent.screen.title, context=parent.name)
            return msg("“{table}” is settled: what belongs to it is not changed any more.", table=title)
    return None


@cache
def _parents(table: Table) -> list[tuple[Table, str]]:
    """The tables whose records this table's go with, and the field that refers there."""
    return [
        (parent, child.via)
        for parent in tables().values()
        if parent.screen.settled is not None
        for child in parent.children
        if child.table == table.name and table.fields[child.via].spec.on_delete == "cascade"
    ]
