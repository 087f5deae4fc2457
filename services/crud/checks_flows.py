"""Checks of states and moves."""

from collections import Counter

from models.fields import Kind
from services.crud.checklist import Found, Tables, check
from services.crud.checks_fields import ROLE_CODES
from services.crud.checks_tables import unknown_in
from services.crud.registry import Table
from services.platform.i18n import msg

FINAL = frozenset({"grey", "green", "red"})
"""Colours of states where things end: over, done, refused. A state of another colour says that something is still to be done, so
a move has to lead out of it."""


@check("E201")
def state_field(table: Table, known: Tables) -> Found:
    """The state is a choice."""
    if table.flow and (table.state is None or table.state.kind is not Kind.CHOICE):
        yield "", msg("Its flow keeps the state in “{field}”, which has to be a choice field.", field=table.flow.field)


def _states(table: Table) -> set[str]:
    return {choice.code for choice in table.state.spec.choices} if table.state else set()


@check("E202")
def initial(table: Table, known: Tables) -> Found:
    """Records begin in a state that exists."""
    if table.flow and table.state and table.flow.initial not in _states(table):
        yield "", msg("Its flow begins in “{state}”, which is not a choice of the state.", state=table.flow.initial)


@check("E203")
def known_states(table: Table, known: Tables) -> Found:
    """Moves lead from and to states that exist."""
    for move in table.flow.moves if table.flow and table.state else ():
        for state in (*move.sources, move.target):
            if state not in _states(table):
                yield move.name, msg("The move leads from or to “{state}”, which is not a choice of the state.", state=state)
        if not move.sources:
            yield move.name, msg("The move starts from no state.")


@check("E204")
def reachable(table: Table, known: Tables) -> Found:
    """Every state can be reached from the first one."""
    if not table.flow or not table.state:
        return
    reached = {table.flow.initial}
    while more := {move.target for move in table.flow.moves if reached.intersection(move.sources)} - reached:
        reached |= more
    for choice in table.state.spec.choices:
        if choice.active and choice.code not in reached:
            yield table.flow.field, msg("No sequence of moves leads to the state “{state}”.", state=choice.code)


@check("E205")
def dead_ends(table: Table, known: Tables) -> Found:
    """What is not finished can go on."""
    if not table.flow or not table.state:
        return
    leaving = {source for move in table.flow.moves for source in move.sources}
    for choice in table.state.spec.choices:
        if choice.active and choice.code not in leaving and choice.colour not in FINAL:
            yield (
                table.flow.field,
                msg(
                    "No move leads out of the state “{state}”: declare one, or colour it grey, green or red if it is final.",
                    state=choice.code,
                ),
            )


@check("E206")
def move_roles(table: Table, known: Tables) -> Found:
    """Moves are made by roles that exist."""
    for move in table.flow.moves if table.flow else ():
        for role in move.roles:
            if role != "*" and role not in ROLE_CODES:
                yield move.name, msg("The move names the role “{role}”, which does not exist.", role=role)


@check("E207")
def move_fields(table: Table, known: Tables) -> Found:
    """Moves ask for fields that a person can fill; one without roles is made by the product itself, which fills any field."""
    for move in table.flow.moves if table.flow else ():
        for name in (*move.requires, *move.asks):
            field = table.fields.get(name)
            if field is None:
                yield move.name, msg("The move asks for “{field}”, which the table does not have.", field=name)
            elif move.roles and (not field.typed or name == (table.flow.field if table.flow else "")):
                yield move.name, msg("The move asks for “{field}”, which nobody can type.", field=name)


@check("E208")
def persons(table: Table, known: Tables) -> Found:
    """Duties are kept apart by fields that hold a person."""
    for move in table.flow.moves if table.flow else ():
        for name in (*move.apart_from, *move.only_by):
            field = table.fields.get(name)
            if field is None or not field.is_reference or field.spec.target not in ("account", "staff"):
                yield (
                    move.name,
                    msg("“{field}” does not hold a person: apart_from and only_by take references to staff or accounts.", field=name),
                )


@check("E209")
def move_names(table: Table, known: Tables) -> Found:
    """Each move has a name of its own."""
    for name, count in Counter(move.name for move in table.flow.moves).items() if table.flow else ():
        if count > 1:
            yield name, msg("Two moves have this name.")


@check("E210")
def move_guards(table: Table, known: Tables) -> Found:
    """Guards name fields and choices that exist, and say why they refuse."""
    for move in table.flow.moves if table.flow else ():
        yield from ((move.name, message) for _where, message in unknown_in(table, move.guard, "guard"))
        if move.guard and not move.guard_message:
            yield move.name, msg("The move has a guard without guard_message: say why it is refused and what to do.")


@check("E211")
def reserved_moves(table: Table, known: Tables) -> Found:
    """A move is not called like what the history calls other things."""
    for move in table.flow.moves if table.flow else ():
        if move.name in ("create", "edit", "delete", "restore", "bulk", "import", "load", "attach", "detach", "undo"):
            yield move.name, msg("This name is used by the history for something else: choose another one.")
        if len(move.name) > 40:
            yield move.name, msg("The name of a move has at most 40 characters.")
