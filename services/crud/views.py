"""Lists as somebody wants to see them again: mine, and those that colleagues share."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from models.fields import now
from models.system import SavedView
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table
from services.crud.validate import Problem, plain_text
from services.platform.i18n import Message, msg

LONGEST_NAME = 80
LONGEST_QUERY = 4_000
MOST = 100
"""Views of one table that one account keeps."""
_view: Any = SavedView.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Saved:
    """A saved view: its name and the query string of the list."""

    id: int
    name: str
    query: str
    shared: bool
    mine: bool


def of(db: Session, actor: Actor, table: Table) -> list[Saved]:
    """The actor's views of a table and the shared ones of the centre, the actor's first, each by name."""
    own = _view.c
    theirs = (own.centre_id == actor.centre, own.table_name == table.name, or_(own.account_id == actor.account, own.shared))
    rows = db.execute(select(own.id, own.name, own.query, own.shared, own.account_id).where(*theirs))
    found = [Saved(row.id, row.name, row.query, row.shared, row.account_id == actor.account) for row in rows]
    return sorted(found, key=lambda one: (not one.mine, one.name.casefold()))


def save(db: Session, actor: Actor, table: Table, name: str, query: str, *, shared: bool = False, id: int | None = None) -> int:
    """Keep a list under a name, or (`id`) keep one of the actor's views anew: its id.

    Raises:
        Missing: no such view.
        Forbidden: somebody else's, or nobody is signed in.
        Invalid: no name, or one that is taken.
    """
    if actor.account is None:
        raise Forbidden(msg("Please sign in to keep a view."))
    if id is not None:
        _owned(db, actor, table, id)
    row = {"name": _name(db, actor, table, name, shared, id), "query": _short(query), "shared": shared, "at": now()}
    if id is not None:
        db.execute(update(_view).where(_view.c.id == id).values(row))
        return id
    row |= {"centre_id": actor.centre, "account_id": actor.account, "table_name": table.name}
    key: int = db.execute(insert(_view).values(row)).inserted_primary_key[0]  # type: ignore[attr-defined]
    return key


def remove(db: Session, actor: Actor, table: Table, id: int) -> None:
    """Forget one of the actor's views.

    Raises:
        Missing: no such view.
        Forbidden: somebody else's.
    """
    _owned(db, actor, table, id)
    db.execute(delete(_view).where(_view.c.id == id))


def _owned(db: Session, actor: Actor, table: Table, id: int) -> None:
    own = _view.c
    where = (own.id == id, own.centre_id == actor.centre, own.table_name == table.name)
    row = db.execute(select(own.account_id, own.shared).where(*where)).first()
    if row is None or (row.account_id != actor.account and not row.shared):
        raise Missing(table.name, id)
    if row.account_id != actor.account:
        raise Forbidden(msg("This view belongs to a colleague. Keep it under a name of your own to change it."))


def _name(db: Session, actor: Actor, table: Table, given: str, shared: bool, id: int | None) -> str:
    try:
        name = plain_text(given, LONGEST_NAME)
    except Problem as problem:
        raise Invalid({"name": [problem.message]}) from None
    if not name:
        raise Invalid({"name": [msg("Please give the view a name.")]})
    others = [one for one in of(db, actor, table) if one.id != id]
    for one in others:
        if one.name.casefold() == name.casefold() and (one.mine or shared):
            raise Invalid({"name": [_taken(one)]})
    if id is None and sum(one.mine for one in others) >= MOST:
        raise Invalid({"": [msg("You keep {n} views of this list already. Remove one first.", n=MOST)]})
    return name


def _taken(one: Saved) -> Message:
    if one.mine:
        return msg("You have a view of this name already. Give another name, or keep that one anew.")
    return msg("A colleague shares a view of this name. Please give another one.")


def _short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise Invalid({"": [msg("This list has too many filters to be kept.")]})
    return query
