"""The rows of a file into records, a chunk at a time: understood, matched, written through `batch`, and told by row and column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud import access, batch, exporting, titles, uniqueness, values
from services.crud.access import Actor
from services.crud.batch import Outcome, Row
from services.crud.errors import Messages
from services.crud.importing import layout
from services.crud.importing.cells import meaning
from services.crud.importing.matching import Matcher, same
from services.crud.importing.plan import Plan
from services.crud.importing.table import Grid, Line
from services.crud.registry import Field, Table
from services.crud.validate import Problem, clean, empty
from services.platform.i18n import Message, msg

_TOTALS = frozenset({"合计", "总计", "小计", "共计", "合 计", "总 计", "total", "totals", "sum"})
_SHOWN = 60
"""Characters of a cell that a report shows."""


def rows_of(grid: Grid, plan: Plan) -> list[Line]:
    """The lines that shall become records: those below the headings, without sums at the end."""
    lines = [line for line in grid.lines if line.number > plan.header]
    while lines and _sums_up(lines[-1]):
        lines.pop()
    return lines


def _sums_up(line: Line) -> bool:
    first = next((cell for cell in line.cells if cell is not None), None)
    return isinstance(first, str) and first.strip(" :：").casefold() in _TOTALS


@dataclass(frozen=True)
class Remark:
    """What is said of a cell (`column` None: of the row)."""

    line: int
    column: int | None
    text: str
    """What stands in the cell."""
    message: Message
    doubt: bool = False
    """The row can be imported all the same, if the person says so."""

    def to_json(self) -> list[Any]:
        """As a job keeps it."""
        return [self.line, self.column, self.text, self.message.to_json(), self.doubt]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> "Remark":
        """What `to_json` gave."""
        return cls(kept[0], kept[1], kept[2], Message.from_json(kept[3]), kept[4])


@dataclass
class Told:
    """What became of rows."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    doubtful: int = 0
    """Of those refused: rows that only have to be confirmed."""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def stand(self) -> int:
        """Rows whose records are now as they say."""
        return self.new + self.changed + self.same

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {**vars(self), "remarks": [one.to_json() for one in self.remarks]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Told":
        """What `to_json` gave."""
        return cls(**{**kept, "remarks": [Remark.from_json(one) for one in kept["remarks"]]})


class Applier:
    """Carries out a plan; what it learns of one chunk it knows for the next."""

    def __init__(self, actor: Actor, table: Table, plan: Plan) -> None:
        self.actor, self.table, self.plan = replace(actor, source="import"), table, plan
        self.place = {name: place for place, name in plan.mapping.items()}
        self.fields = [table.fields[name] for name in plan.mapping.values() if name in table.fields]
        self._own = [(one, self.place[one.name]) for one in sorted(self.fields, key=lambda one: bool(one.spec.target))]
        """References behind the fields by which their choice is narrowed."""
        self.matcher: Matcher | None = None
        self._seen: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {}

    def write(self, db: Session, lines: Sequence[Line], told: Told) -> None:
        """Write the rows of these lines, in the change set that is open; adds to `told` what became of them."""
        rows = self._news(db, lines, self._rows(db, lines))
        fresh = [(line, row) for line, row in zip(lines, rows, strict=True) if row is not None]
        told.same += len(rows) - len(fresh)
        outcomes = batch.write_many(db, self.actor, self.table, [row for _line, row in fresh], confirm=self.plan.doubtful, action="import")
        for (line, _row), outcome in zip(fresh, outcomes, strict=True):
            self._tell(line, outcome, told)

    # From cells to rows

    def _rows(self, db: Session, lines: Sequence[Line]) -> list[Row]:
        self.matcher = self.matcher or Matcher(db, self.actor, self.table, self.fields)
        self.matcher.db = db
        self.matcher.learn({one.name: {self._cell(line, one.name) for line in lines} for one in self.matcher.fields})
        understood = [self._understood(line) for line in lines]
        found = self._found(db, [values for values, _errors in understood]) if self.plan.mode != "insert" else {}
        return [self._row(line, values, errors, found) for line, (values, errors) in zip(lines, understood, strict=True)]

    def _cell(self, line: Line, name: str) -> Any:
        place = self.place[name]
        return line.cells[place] if place < len(line.cells) else None

    def _understood(self, line: Line) -> tuple[dict[str, Any], Messages]:
        """What each cell of a line means, by field."""
        values: dict[str, Any] = {}
        errors: Messages = {}
        assert self.matcher is not None
        cells, width = line.cells, len(line.cells)
        for one, place in self._own:
            cell = cells[place] if place < width else None
            if cell is None:
                values[one.name] = None
                continue
            try:
                if not one.spec.target:
                    values[one.name] = meaning(one, cell)
                elif cell != titles.UNREADABLE:
                    values[one.name] = self.matcher.find(one, cell, values)
            except Problem as problem:
                errors[one.name] = [problem.message]
        return values, errors

    def _row(self, line: Line, values: dict[str, Any], errors: Messages, found: Mapping[tuple[Any, ...], int]) -> Row:
        id_, version = None, None
        if self.plan.mode != "insert":
            id_ = self._record(line, values, errors, found)
            version = self._whole_number(line, "version") if id_ is not None and "version" in self.place else None
        self._once(line, values, errors)
        new = id_ is None
        if new:
            for one in self.fields:
                if one.spec.readonly and not empty(values.get(one.name)) and one.name not in errors:
                    errors[one.name] = [msg("New records get this from the system: leave the cell empty.")]
        kept = {name: value for name, value in values.items() if not empty(value) or (self.plan.clear and not new)}
        return Row({name: value for name, value in kept.items() if name not in errors}, id_, version, errors)

    # Records that are there

    def _news(self, db: Session, lines: Sequence[Line], rows: Sequence[Row]) -> list[Row | None]:
        """The rows with what their records don't hold already; None for one that tells nothing new, which nobody need be allowed to write.

        A cell that says what an export says of the record is no news, even where others are called the same or it is masked.
        """
        held = values.load(db, self.table, [row.id for row in rows if row.id is not None])
        held = {id_: old for id_, old in held.items() if old["deleted_at"] is None and access.permits(self.actor, self.table, "read", old)}
        shown = {id_: {one.name: old[one.name] for one in self.fields if one.name in old} for id_, old in held.items()}
        titles.refer(db, self.fields, list(shown.values()), self.actor)
        for id_, old in held.items():
            shown[id_] |= {one.name: access.mask(one.spec.mask, old[one.name]) for one in self.fields
                           if one.spec.sensitive and old[one.name] and not access.sees(self.actor, one)}  # fmt: skip
        return [self._new_in(line, row, held.get(row.id or 0), shown.get(row.id or 0, {})) for line, row in zip(lines, rows, strict=True)]

    def _new_in(self, line: Line, row: Row, old: Mapping[str, Any] | None, shown: Mapping[str, Any]) -> Row | None:
        if old is None:
            return row
        known = {one.name for one in self.fields if one.name in old and self._says(line, one, row, old, shown)}
        fresh = {name: value for name, value in row.values.items() if name not in known}
        wrong = {name: said for name, said in row.errors.items() if name not in known}
        return replace(row, values=fresh, errors=wrong) if fresh or wrong else None

    def _says(self, line: Line, one: Field, row: Row, old: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
        """Whether a cell says what the record holds already."""
        cell = self._cell(line, one.name)
        if cell is not None and (one.spec.target or one.spec.sensitive):
            said = exporting.cell(one, shown[one.name])
            if said is not None and same(str(said)) == same(str(cell)):
                return True
        try:
            return one.name in row.values and bool(clean(one, row.values[one.name], old[one.name]) == old[one.name])
        except Problem:
            return False

    def _key(self, values: Mapping[str, Any], names: Iterable[str]) -> tuple[Any, ...] | None:
        """What a row holds in these fields, as it is compared; None where something is missing or wrong."""
        found = []
        for name in names:
            one = self.table.fields[name]
            try:
                value = clean(one, values.get(name))
            except Problem:
                return None
            if empty(value):
                return None
            found.append(uniqueness.exactly(one).form(value))
        return tuple(found)

    def _found(self, db: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], int]:
        """The records that these rows are about, by the fields of the key."""
        if self.plan.key == ("id",):
            return {}
        wanted = {key for values in rows if (key := self._key(values, self.plan.key)) is not None}
        if not wanted:
            return {}
        own = self.table.sql.c
        columns = [own[uniqueness.exactly(self.table.fields[name]).column] for name in self.plan.key]
        query = select(own.id, *columns).where(own.centre_id == self.actor.centre, own.deleted_at.is_(None))
        query = query.where(access.rows(self.actor, self.table), *(
            column.in_({key[place] for key in wanted}) for place, column in enumerate(columns)
        ))  # fmt: skip
        return {tuple(row[1:]): row[0] for row in db.execute(query)}

    def _record(self, line: Line, values: Mapping[str, Any], errors: Messages, found: Mapping[tuple[Any, ...], int]) -> int | None:
        """The record that a row is about; None for a new one."""
        if self.plan.key == ("id",):
            id_ = self._whole_number(line, "id")
            if id_ is None and self.plan.mode == "update":
                errors.setdefault("id", []).append(msg("The record ID is missing, or is not a number."))
            return id_
        key = self._key(values, self.plan.key)
        if key is not None and key in found:
            return found[key]
        if self.plan.mode == "update" and not any(errors.get(name) for name in self.plan.key):
            errors[self.plan.key[0]] = [msg("There is no record with this. Put it right, or choose to add new records as well.")]
        return None

    def _whole_number(self, line: Line, name: str) -> int | None:
        cell = self._cell(line, name)
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) else None

    def _once(self, line: Line, values: Mapping[str, Any], errors: Messages) -> None:
        """Each value of a unique field may be there once in the file, each record too."""
        keys: list[tuple[str, ...]] = [group for group in uniqueness.groups(self.table) if self.place.keys() >= set(group)]
        for group in keys:
            key = self._key(values, group)
            if key is None or any(errors.get(name) for name in group):
                continue
            first = self._seen.setdefault(group, {}).setdefault(key, line.number)
            if first != line.number:
                errors[group[-1]] = [msg("Row {n} has the same: it may be there only once.", n=first)]
        if self.plan.mode != "insert" and self.plan.key == ("id",) and (id_ := self._whole_number(line, "id")) is not None:
            first = self._seen.setdefault(("id",), {}).setdefault((id_,), line.number)
            if first != line.number:
                errors["id"] = [msg("Row {n} has the same: it may be there only once.", n=first)]

    # What is said

    def _tell(self, line: Line, outcome: Outcome, told: Told) -> None:
        if outcome.ok:
            told.new += outcome.created
            told.changed += outcome.written and not outcome.created
            told.same += not outcome.written
        else:
            told.refused += 1
            told.doubtful += not outcome.errors
        for messages, doubt in ((outcome.errors, False), (outcome.warnings, True)):
            if doubt and outcome.errors:
                continue
            for name, several in messages.items():
                told.remarks += [self._remark(line, name, message, doubt) for message in several]

    def _remark(self, line: Line, name: str, message: Message, doubt: bool) -> Remark:
        place = self.place.get(name)
        if place is None:
            known = self.table.fields.get(name)
            said = msg("{what}: {problem}", what=known.label, problem=message) if known else message
            return Remark(line.number, None, "", said, doubt)
        cell = line.cells[place] if place < len(line.cells) else None
        shown = layout.said(cell)
        return Remark(line.number, place, shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…", message, doubt)
