"""Checks of rights."""

from models.base import SCOPES, VERBS
from services.crud.checklist import Found, Tables, check
from services.crud.checks_fields import ROLE_CODES
from services.crud.registry import Table
from services.platform.i18n import msg


@check("E401")
def right_roles(table: Table, known: Tables) -> Found:
    """Rights are given to roles that exist."""
    for roles in table.model.__rights__:
        for role in roles.split():
            if role != "*" and role not in ROLE_CODES:
                yield "", msg("Its rights name the role “{role}”, which does not exist.", role=role)


@check("E402")
def right_verbs(table: Table, known: Tables) -> Found:
    """Rights are made of verbs and scopes that exist."""
    for words in table.model.__rights__.values():
        for word in words.split():
            verb, colon, scope = word.partition(":")
            if verb not in (*VERBS, "all"):
                yield "", msg("Its rights name “{word}”; verbs are: {verbs}.", word=verb, verbs=", ".join((*VERBS, "all")))
            if colon and scope not in SCOPES:
                yield "", msg("Its rights name “{word}”; scopes are: {scopes}.", word=word, scopes=", ".join(SCOPES))


@check("E403")
def readable(table: Table, known: Tables) -> Found:
    """Somebody may read it, and whoever writes may read."""
    if not any("read" in verbs for verbs in table.rights.values()):
        yield "", msg("Nobody may read it: declare __rights__.")
    everybody = "read" in table.rights.get("*", {})
    for role, verbs in table.rights.items():
        if verbs and "read" not in verbs and not everybody:
            yield "", msg("The role “{role}” may write but not read it.", role=role)


@check("E404")
def department_scope(table: Table, known: Tables) -> Found:
    """The scope "department" knows which field is meant."""
    scopes = {scope for verbs in table.rights.values() for scope in verbs.values()}
    if "department" in scopes and not table.screen.department:
        yield "", msg("Its rights have the scope “department”, but its screen does not say which field that is (department=…).")


@check("E405")
def movers_read(table: Table, known: Tables) -> Found:
    """Whoever makes a move sees the record."""
    everybody = "read" in table.rights.get("*", {})
    for move in table.flow.moves if table.flow else ():
        for role in move.roles:
            if role != "*" and role in ROLE_CODES and not everybody and "read" not in table.rights.get(role, {}):
                yield move.name, msg("The role “{role}” may make the move but not read the records.", role=role)
