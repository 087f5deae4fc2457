"""Checks of what stands on a person's start page: for whom records wait, and until when."""

from models.accounts import ROLES
from models.fields import Kind
from services.crud.checklist import Found, Tables, check
from services.crud.checks_tables import unknown_in
from services.crud.registry import Table
from services.crud.view import filterable
from services.platform.i18n import msg

_ROLE_CODES = frozenset(role.code for role in ROLES)


@check("E212")
def waits(table: Table, known: Tables) -> Found:
    """Records wait in states that exist, for roles or for the persons in fields that a list can be filtered by."""
    states = {choice.code for choice in table.state.spec.choices} if table.state else set()
    for state, whom in table.flow.waits.items() if table.flow else ():
        if state not in states:
            yield state, msg("waits names “{state}”, which is not a choice of the state.", state=state)
        for name in set(whom) - _ROLE_CODES:
            field = table.fields.get(name)
            if field is None or field.spec.target not in ("account", "staff") or not filterable(table, field):
                yield state, msg("waits names “{name}”, which is neither a role nor a field that holds a person.", name=name)


@check("E213")
def due(table: Table, known: Tables) -> Found:
    """The date by which a record is dealt with is one that a list can be filtered by."""
    screen = table.screen
    if screen.due:
        field = table.fields.get(screen.due)
        if field is None or field.kind not in (Kind.DATE, Kind.MOMENT) or not filterable(table, field):
            yield screen.due, msg("due names “{field}”: it has to be a date or a moment with filter=True.", field=screen.due)
    elif screen.due_while is not None:
        yield "", msg("due_while stands without due: name the date.")
    yield from unknown_in(table, screen.due_while, "due_while")


@check("E214")
def settled(table: Table, known: Tables) -> Found:
    """What is settled is told by fields that are there and always filled."""
    yield from unknown_in(table, table.screen.settled, "settled")
    for name in table.screen.settled.conditions if table.screen.settled else ():
        field = table.fields.get(name)
        if field is not None and (field.column is None or field.column.nullable):
            yield name, msg("settled asks for “{field}”, which may be empty.", field=name)
