"""What shall be done with a file: the answers of the person, as a job keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.crud.access import Actor, demand, may, refusal
from services.crud.errors import Invalid
from services.crud.importing import layout
from services.crud.prepare import default
from services.crud.registry import Table
from services.crud.validate import empty
from services.platform.i18n import Message, msg

Mode = Literal["insert", "update", "both"]


@dataclass(frozen=True)
class Plan:
    """How the rows of a file become records."""

    file: int
    """Its id in the store."""
    name: str
    sheet: str
    header: int
    """The number of the line of headings; the rows follow it."""
    mapping: Mapping[int, str]
    mode: Mode = "insert"
    key: tuple[str, ...] = ()
    """The fields by which a record that is there is found."""
    whole: bool = True
    """All rows or none; otherwise those that stand."""
    doubtful: bool = False
    """Also rows that are perhaps there already."""
    clear: bool = False
    """An empty cell empties the field of a record that is there; otherwise it stays as it is."""
    dry: bool = False
    """Only look: nothing stays written."""
    titles: tuple[str, ...] = field(default=())
    """The headings, for the report."""

    def to_params(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {**vars(self), "mapping": {str(place): name for place, name in self.mapping.items()}, "key": list(self.key),
                "titles": list(self.titles)}  # fmt: skip

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "Plan":
        """What `to_params` gave."""
        mapping = {int(place): name for place, name in params["mapping"].items()}
        return cls(**{**params, "mapping": mapping, "key": tuple(params["key"]), "titles": tuple(params["titles"])})


def check(actor: Actor, table: Table, plan: Plan) -> None:
    """Go on only if this plan can be carried out by this actor.

    Raises:
        Forbidden: no right to import.
        Invalid: says what has to be chosen otherwise.
    """
    demand(actor, table, "import")
    if why := hindrance(actor, table):
        raise Invalid({"": [why]})
    possible = layout.targets(actor, table)
    chosen = list(plan.mapping.values())
    if twice := next((name for name in chosen if chosen.count(name) > 1), None):
        raise Invalid({"": [msg("“{field}” is chosen for two columns. Leave one of them out.", field=layout.title_of(table, twice))]})
    if not chosen or any(name not in possible for name in chosen):
        raise Invalid({"": [msg("Choose for at least one column what it is.")]})
    if plan.mode not in modes(actor, table):
        raise refusal(table)
    if plan.mode != "insert" and (not plan.key or plan.key not in layout.keys(table, plan.mapping)):
        raise Invalid({"": [msg("Choose a column by which the records are found: a number, a code, or the record ID of an export.")]})
    if plan.mode != "update":
        for one in layout.fields(actor, table):
            if one.required and one.name not in chosen and empty(default(table, one, actor)):
                said = msg("“{field}” is needed for every new record. Choose its column, or add one to the file.", field=one.title)
                raise Invalid({"": [said]})


def modes(actor: Actor, table: Table) -> list[Mode]:
    """What an import may do with this table."""
    inserts = may(actor, table, "create") and not any(child.minimum for child in table.children)
    updates = may(actor, table, "edit") and not table.screen.append_only
    found: list[Mode] = ["insert"] if inserts else []
    return [*found, *(["update"] if updates else []), *(["both"] if inserts and updates else [])]  # type: ignore[list-item]


def hindrance(actor: Actor, table: Table) -> Message | None:
    """Why this table can't be imported at all."""
    if not may(actor, table, "import"):
        return refusal(table).message
    if not modes(actor, table):
        return msg("Records of this kind are made one by one, with what belongs to them: they can't come out of a file.")
    return None
