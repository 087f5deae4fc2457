"""How changes are taken back, newest first: values go back, moves go back, what was made goes into the trash, what was deleted comes back.

It is a three-way merge: what the change left, what was there before, what is there now. What others changed since in other
fields stays; what they changed in the same ones stands against it. Rights, rules, unique values and references are looked at
as with any write, and everything is written by the pieces of the one write path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import SQLModel

from services.crud import access, attachments, conditions, flow, overlap, prepare, references, rules, saving, trash, uniqueness, values
from services.crud.access import Actor, Forbidden
from services.crud.changesets import Told
from services.crud.dependence import UNDO, Made, conflicts, fields_of, later, told_conflicts, typed, value
from services.crud.errors import Invalid, listed
from services.crud.history import ChangeSet
from services.crud.lookahead import Lookahead
from services.crud.registry import Table, referring, tables
from services.crud.registry import table as described
from services.crud.rules import Change, Verb
from services.crud.titles import titles
from services.crud.values import Record
from services.platform.i18n import Message, label, msg

NAMED = 100
"""Things told that stand against an undo; of the rest only how many there are."""

_CHANGES = SQLModel.metadata.tables["change"]
_EVENTS = SQLModel.metadata.tables["event"]


@dataclass(frozen=True)
class Obstacle:
    """What stands against an undo, in plain words, and where to look at it."""

    message: Message
    table: str = ""
    record: int | None = None
    change_set: int | None = None
    """The later change set that depends on it."""


@dataclass
class Obstacles:
    """All that stands against an undo: the first of them, and how many there are."""

    named: list[Obstacle] = field(default_factory=list)
    count: int = 0

    def add(self, one: Obstacle) -> None:
        """One more; the same is told once."""
        if one in self.named:
            return
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(one)


class Reversal:
    """Takes back changes of one change set, inside the change set of the undo."""

    def __init__(self, changes: ChangeSet, told: Told) -> None:
        self.changes, self.told = changes, told
        self.db, self.actor = changes.db, changes.actor
        self.against = Obstacles()
        self.done = 0
        """Changes that were taken back; what stands as before already needs nothing."""
        self._stay: set[tuple[str, int]] = set()
        """Records of which it was said why they stay: what follows from that alone is not said too."""
        self._ways: Mapping[str, Callable[[Table, list[Made]], None]] = {
            "create": self._bury, "restore": self._bury, "delete": self._raise, "edit": self._put_back, "move": self._put_back,
            "attach": self._files, "detach": self._files,
        }  # fmt: skip

    def part(self, several: Sequence[Made]) -> None:
        """Take back these changes, newest first; what stands against it is noted, and nothing of it must be kept then."""
        self._since = later(self.db, several, self.told.id, self.changes.id)
        self._moves = self._made_moves(several)
        for (name, verb), run in groupby(several, key=lambda one: (one.table, one.verb)):
            table = tables().get(name)
            if table is None:
                self._refuse(msg("“{table}” is not kept here any more.", table=name))
            elif verb not in self._ways:
                self._refuse(msg("A new password can't be undone: give another one."))
            else:
                self._ways[verb](table, list(run))

    # What stands against it

    def _refuse(self, message: Message, table: Table | None = None, record: int | None = None, change_set: int | None = None) -> None:
        self.against.add(Obstacle(message, table.name if table else "", record, change_set))
        if table is not None and record is not None:
            self._stay.add((table.name, record))

    def _depends(self, table: Table, change: Made, row: Mapping[str, Any]) -> bool:
        """Whether somebody else has gone on from what the change left; says by whom, when and in which fields."""
        found = conflicts(change, table, row, self._since.get(change.id, ()))
        for message, one in told_conflicts(self.db, table, change.record, found):
            self._refuse(message, table, change.record, one.change_set)
        return bool(found)

    def _wrong(self, change: Change) -> bool:
        """Whether something stands against the write; it is told in its own words."""
        return self._told_wrong(change.table, change.new["id"], change.errors)

    def _told_wrong(self, table: Table, record: int, errors: Mapping[str, Sequence[Message]]) -> bool:
        for name, several in errors.items():
            for one in several:
                said = msg("{what}: {problem}", what=table.fields[name].label, problem=one) if name in table.fields else one
                self._refuse(said, table, record)
        return any(errors.values())

    def _allowed(self, table: Table, change: Made, row: Mapping[str, Any], verb: Verb | Literal["import"]) -> bool:
        """Whether the actor may do this; what a rule did follows what the actor may take back."""
        if self.actor.trusted or change.by_rule:
            return True
        try:
            if verb != "import":
                prepare.demand(prepare.begin(self.db, self.actor, table, verb, row))
            elif not access.permits(self.actor, table, verb, row):
                raise access.refusal(table)
        except Forbidden as forbidden:
            self._refuse(forbidden.message, table, change.record if access.may(self.actor, table, verb) else None)
            return False
        return True

    def _kept(self, table: Table, run: Sequence[Made]) -> bool:
        """Whether records of this table stay, whatever happens."""
        if table.screen.append_only:
            self._refuse(msg("“{table}” is only ever added to: put it right with another entry.", table=table.label_plural))
            return True
        if table.screen.deletable or self.actor.trusted or self.told.action in ("import", "undo"):
            return False
        self._refuse(msg("“{table}” is never deleted: use one of its moves instead.", table=table.label_plural), table, run[0].record)
        return True

    def _by(self, change: Made) -> Actor:
        return self.actor if not change.by_rule or self.actor.trusted else replace(self.actor, trusted=True)

    # The ways back

    def _bury(self, table: Table, run: list[Made]) -> None:
        """What was made, or had come back, goes into the trash, unless it is there already."""
        if self._kept(table, run):
            return
        rows = values.load(self.db, table, [one.record for one in run], "delete")
        verb: Verb | Literal["import"] = "delete" if table.screen.deletable else "import"
        going: list[Change] = []
        for one in run:
            row = rows.get(one.record)
            if row is None or row["deleted_at"] is not None:
                continue
            if not self._allowed(table, one, row, verb) or self._depends(table, one, row):
                continue
            change = prepare.begin(self.db, self._by(one), table, "delete", row)
            rules.before(change)
            if not self._wrong(change):
                going.append(change)
        if not self._referred(table, [change.new["id"] for change in going]):
            trash.turn(self.changes, going, deleted=True)
            self.done += len(going)

    def _referred(self, table: Table, ids: Sequence[int]) -> bool:
        """Whether other live records have come to refer to these."""
        found = False
        for other in referring(table.name):
            own = set(ids) if other.table == table.name else set()
            known = (one for one in trash.referrers(self.db, other, ids) if (other.table, one) not in self._stay)
            strays = [one for one in known if one not in own] if ids else []
            if not strays:
                continue
            found = True
            below = described(other.table)
            called = titles(self.db, below, strays[:NAMED], self.actor)
            for stray in strays:
                what = called.get(stray)
                if what is None:
                    said = msg("A record of “{table}” that you may not read refers to it by now.", table=below.label_plural)
                else:
                    said = msg("“{record}” refers to it by now (“{field}”). Change that first.", record=what, field=other.label)
                self._refuse(said, below, stray)
        return found

    def _raise(self, table: Table, run: list[Made]) -> None:
        """What was deleted comes back, unless it is back already."""
        rows = values.load(self.db, table, [one.record for one in run], "edit")
        verb: Verb | Literal["import"] = "restore" if table.screen.deletable else "import"
        own = [field for field in table.fields.values() if field.spec.target == table.name and not field.common]
        begun: list[Change] = []
        for one in run:
            row = rows.get(one.record)
            if row is None or row["deleted_at"] is None:
                continue
            if self._allowed(table, one, row, verb) and not self._depends(table, one, row):
                begun.append(prepare.begin(self.db, self._by(one), table, "restore", row))
        ahead = self._ahead(table, begun)
        coming: list[Change] = []
        for change in begun:
            if any(change.new[field.name] for field in own):
                self._come(coming)  # what it hangs on must be back before it is looked at
                coming = []
            change.ahead = ahead
            trash.weigh(change)
            overlap.check(change)
            if not self._wrong(change):
                coming.append(change)
        self._come(coming)

    def _ahead(self, table: Table, begun: Sequence[Change]) -> Lookahead:
        """What all of these ask the database, asked at once."""
        ahead = Lookahead(self.db, self.actor, table)
        ahead.look(begun)
        return ahead

    def _come(self, coming: Sequence[Change]) -> None:
        try:
            trash.turn(self.changes, coming, deleted=False)
        except Invalid as invalid:
            self._told_wrong(coming[0].table, coming[0].new["id"], invalid.errors)
        self.done += len(coming)

    def _put_back(self, table: Table, run: list[Made]) -> None:
        """Fields get the values they had; a move leads back to the state it came from."""
        rows = values.load(self.db, table, {one.record for one in run}, "edit")
        for one in run:
            row = rows.get(one.record)
            if row is None:
                continue
            wanted = {name: value(table.fields[name], one.old.get(name)) for name in fields_of(one, table)}
            names = [name for name in wanted if row[name] != wanted[name]]
            if not names or self._depends(table, one, row):
                continue
            if row["deleted_at"] is not None:
                self._refuse(msg("It is in the trash by now. Restore it first."), table, one.record)
                continue
            merged = self._merged(table, one, row, names)
            if merged is None or not self._may_put_back(table, one, row, merged):
                continue
            rows[one.record] = self._write(table, one, row, {name: wanted[name] for name in merged})

    def _merged(self, table: Table, change: Made, row: Mapping[str, Any], names: Sequence[str]) -> list[str] | None:
        """The fields that go back: those that hold what the change left. None: somebody else's value stands in one of them."""
        own = [name for name in names if row[name] == value(table.fields[name], change.new.get(name))]
        lost = [name for name in names if name not in own and typed(table, table.fields[name])]
        if lost:
            fields = listed([table.fields[name].label for name in lost])
            self._refuse(msg("It holds another value by now: {fields}.", fields=fields), table, change.record)
            return None
        return own

    def _may_put_back(self, table: Table, change: Made, row: Mapping[str, Any], names: Sequence[str]) -> bool:
        if self.actor.trusted or change.by_rule:
            return True
        if change.verb == "move":
            why = self._may_unmove(table, change, row)
            if why is not None:
                self._refuse(why, table, change.record)
            return why is None
        if not self._allowed(table, change, row, "edit"):
            return False
        closed = [
            table.fields[name]
            for name in names
            if table.fields[name].typed and access.field_right(self.actor, table.fields[name], row) != "editable"
        ]
        if closed:
            fields = listed([one.label for one in closed])
            self._refuse(msg("You may not change this field: {fields}.", fields=fields), table, change.record)
        return not closed

    def _may_unmove(self, table: Table, change: Made, row: Mapping[str, Any]) -> Message | None:
        """Why this person can't take back this move: what needed a second person stays, whoever made it."""
        if table.flow is None or not access.permits(self.actor, table, "read", row):
            return access.refusal(table).message
        source, target = change.old.get(table.flow.field), change.new.get(table.flow.field)
        name = self._moves.get((change.table, change.record, target))
        # What was undone before, and is now done again, led either way.
        steps = [(source, target), *([(target, source)] if name == UNDO else [])]
        ways = [one for one in table.flow.moves if name in (UNDO, one.name) and any(a in one.sources and b == one.target for a, b in steps)]
        if any(not one.apart_from and flow.may_make(self.actor, table, row, one) for one in ways):
            return None
        if ways and all(one.apart_from for one in ways):
            return msg(
                "“{move}” is decided by a second person and can't be undone: go on with another move.",
                move=label(table.name, ways[0].title),
            )
        title = label(table.name, ways[0].title) if ways else msg("a move")
        return msg("Your roles do not include the move “{move}”.", move=title)

    def _made_moves(self, several: Sequence[Made]) -> dict[tuple[str, int, str | None], str]:
        """The names of the moves among these changes, by table, record and the state they led to."""
        records = {one.record for one in several if one.verb == "move"}
        if not records:
            return {}
        own = _EVENTS.c
        query = select(own.table_name, own.record_id, own.to_state, own.move).where(own.change_set_id == self.told.id)
        return {(row[0], row[1], row[2]): row[3] for row in self.db.execute(query) if row[1] in records}

    def _write(self, table: Table, made: Made, row: dict[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Write these values into the record: the record as it is then."""
        change = prepare.begin(self.db, self._by(made), table, "move" if made.verb == "move" else "edit", row)
        change.new |= wanted
        references.check(change, list(wanted), lock=True, anew=True)
        uniqueness.check(change, list(wanted))
        for check in table.checks:
            if not conditions.holds(check, change.new):
                change.error(check.field, Message(check.message, context=table.name))
        if not any(change.errors.values()):
            rules.before(change)
        # What stood there before, the rules had worked out as well. They work it out again only where others went on from it.
        merges = bool(self._since.get(made.id))
        for one in values.stored(table):
            if not one.common and (one.name in wanted or not merges or typed(table, one)):
                change.new[one.name] = wanted.get(one.name, row[one.name])
        if self._wrong(change):
            return row

        def back(changes: ChangeSet) -> None:
            if table.flow is not None:
                record, state = Record(row["centre_id"], table.name, row["id"]), table.flow.field
                changes.event(record, UNDO, row[state], change.new[state], self.changes.reason)

        try:
            saving.save(change, confirm=True, inside=back if made.verb == "move" else None)
        except Invalid as invalid:
            self._told_wrong(table, made.record, invalid.errors)
            return row
        self.done += 1
        # Its effects may have gone on with the same record.
        same = saving.version(change) == change.new["version"]
        return change.new if same else values.load(self.db, table, [made.record])[made.record]

    def _files(self, table: Table, run: list[Made]) -> None:
        """A file that was added comes off the record, one that was taken off comes back."""
        rows = values.load(self.db, table, {one.record for one in run}, "edit")
        for one in run:
            row = rows.get(one.record)
            if row is None or (table.screen.append_only and self._kept(table, run)):
                continue
            if self._allowed(table, one, row, "edit"):
                record = Record(row["centre_id"], table.name, one.record)
                said = one.new if one.verb == "attach" else one.old
                self.done += attachments.turn(self.changes, record, row["version"], said, back=one.verb == "detach")

    # At the end

    def close(self) -> None:
        """Parents that are left must still have as many child rows as they need."""
        if self.against.count:
            return
        own = _CHANGES.c
        named = set(self.db.execute(select(own.table_name).where(own.change_set_id == self.told.id).distinct()).scalars())
        for above in tables().values():
            for child in above.children:
                if not child.minimum or child.table not in named:
                    continue
                below = described(child.table).sql.c
                touched = select(below[child.via]).join(
                    own.id.table, (own.table_name == child.table) & (own.record_id == below.id) & (own.change_set_id == self.told.id)
                )
                live = above.sql.c.deleted_at.is_(None)
                for parent in self.db.execute(select(above.sql.c.id).where(above.sql.c.id.in_(touched), live)).scalars():
                    left = select(below.id).where(below[child.via] == parent, below.deleted_at.is_(None)).limit(child.minimum)
                    if len(self.db.execute(left).all()) < child.minimum:
                        plural = described(child.table).label_plural
                        self._refuse(msg("At least {n} × {what} are needed.", n=child.minimum, what=plural), above, parent)
