"""What many writes of one table will ask the database, asked for all of them at once.

It knows only what it is sure of. Whatever else is asked, is asked for the record by itself, as when it is written alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import REFERENCES, Kind
from services.crud import access, prepare, references, uniqueness, values
from services.crud.access import Actor
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.rules import Change
from services.crud.uniqueness import Question
from services.platform.i18n import Message

_MANY = 20
"""A question that brings more than so many answers a record is left open."""


class Lookahead:
    """The answers for some writes that follow each other in one transaction."""

    def __init__(self, db: Session, actor: Actor, table: Table) -> None:
        self._db, self._actor, self._table = db, actor, table
        several = {name for name, field in table.fields.items() if field.kind is Kind.CHOICES}
        self._questions = [one for one in uniqueness.questions(table) if several.isdisjoint(term.name for term in one)]
        self.free = frozenset(
            field.name
            for field in table.declared
            if field.typed and field.spec.editable_if is None and field is not table.state and access.sees(actor, field)
        )
        """The fields that whoever may write a record may set, whatever it holds."""
        self._lead: dict[Question, int] = {}
        """Question → the place of the column by which its answers were fetched."""
        self._asked: dict[Question, set[Any]] = {}
        self._there: dict[Question, set[tuple[Any, ...]]] = {}
        self._targets: dict[str, dict[int, dict[str, Any]]] = {}
        self._understood: dict[str, dict[str, tuple[Any, Message | None, Message | None]]] = defaultdict(dict)

    def understood(self, field: Field, raw: Any, old: Any) -> tuple[Any, Message | None, Message | None]:
        """`prepare.understood`; what stands in many rows is worked out once."""
        if type(raw) is not str or old is not None:
            return prepare.understood(field, raw, old)
        known = self._understood[field.name]
        found = known.get(raw)
        if found is None:
            found = known[raw] = prepare.understood(field, raw, None)
        return found if type(found[0]) is not list else (list(found[0]), *found[1:])

    def look(self, changes: Sequence[Change]) -> None:
        """Fetch what these writes will ask: one statement for each table referred to, and one for each unique rule."""
        self._refer([change.new for change in changes])
        for question in self._questions:
            self._compare(question, [uniqueness.answer_of(question, change.new) for change in changes])

    def _refer(self, rows: Sequence[Mapping[str, Any]]) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        fields: dict[str, list[Field]] = defaultdict(list)
        for field in values.stored(self._table):
            if field.common or not (field.kind in REFERENCES or field.kind is Kind.REFERENCES):
                continue
            fields[field.spec.target].append(field)
            held = (row[field.name] for row in rows if row[field.name])
            wanted[field.spec.target].update(id_ for one in held for id_ in (one if isinstance(one, list) else (one,)))
        self._targets = {
            name: {id_: row for part in values.parts(ids) for id_, row in self._usable(described(name), fields[name], part).items()}
            for name, ids in wanted.items()
        }

    def _usable(self, target: Table, fields: Sequence[Field], ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        visible = access.rows(self._actor, target)
        return references.usable(self._db, target, fields, ids, self._actor.centre, visible, lock=True)

    def _compare(self, question: Question, answers: Sequence[tuple[Any, ...]]) -> None:
        distinct = [{answer[place] for answer in answers} - {None} for place in range(len(question))]
        lead = max(range(len(question)), key=lambda place: len(distinct[place]))
        own = self._table.sql.c
        self._lead[question], self._asked[question], self._there[question] = lead, distinct[lead], set()
        if not distinct[lead]:
            return
        most = max(_MANY * len(answers), 1_000)
        query = select(*(own[term.column] for term in question)).where(
            own.centre_id == self._actor.centre, own.deleted_at.is_(None), own[question[lead].column].in_(distinct[lead])
        )
        found = {tuple(row) for row in self._db.execute(query.limit(most + 1))}
        self._there[question] = found
        if len(found) > most:
            self._asked[question] = set()

    def absent(self, question: Question, wanted: tuple[Any, ...], centre: int) -> bool:
        """Whether it is sure that no live record of the centre, nor any written since, holds these values."""
        lead = self._lead.get(question)
        if lead is None or centre != self._actor.centre or wanted[lead] not in self._asked[question]:
            return False
        return wanted not in self._there[question]

    def targets(self, target: Table, ids: set[int], centre: int) -> dict[int, dict[str, Any]] | None:
        """These records that may be referred to, with what decides whether they fit; None: not sure of all of them."""
        found = self._targets.get(target.name, {})
        return found if centre == self._actor.centre and ids <= found.keys() else None

    def written(self, change: Change) -> None:
        """Take note of a record that is written from now on."""
        for question, there in self._there.items():
            there.add(uniqueness.answer_of(question, change.new))
