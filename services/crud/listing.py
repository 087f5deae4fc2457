"""What a view selects and in which order, said so that the database begins with what leaves the fewest rows.

PostgreSQL knows from its statistics what to begin with. SQLite does not: left alone it sorts a million rows to show
fifty, or reads all of a centre to find three. So it is told which one index to use; `+column` is used by none.

1. What a search or a filter leaves few of (`RARE`): those are fetched and sorted.
2. Otherwise the list is walked in its order, each row tested; the table's own order has an index behind each filter too.
3. What a search finds often is walked newest first in the search index, if that is the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Select, func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from models.fields import Kind
from services.crud import search
from services.crud.access import Actor, scope
from services.crud.columns import Loose, Source
from services.crud.order import ByReference, Key, Order, Term, order_of
from services.crud.registry import Table
from services.crud.search import RARE
from services.crud.selection import Condition, filtered, readable
from services.crud.view import Filter, View, filterable
from services.platform.db import is_sqlite
from services.platform.settings import settings


@dataclass(frozen=True)
class Listing:
    """The records that a view shows to an actor."""

    table: Table
    source: FromClause
    where: tuple[Condition, ...]
    order: Order
    sqlite: bool
    few: bool = False
    """Whether it is known to be so few rows that all can be looked at."""

    def fetch(
        self, db: Session, wanted: Sequence[ColumnElement[Any]], limit: int, behind: Key | None = None, backwards: bool = False
    ) -> list[Any]:
        """The first rows (behind a row): the wanted columns, then the key. One statement for each segment that is needed."""
        found: list[Any] = []
        keys = self.order.key_columns()
        for segment in self.order.segments(behind, backwards):
            found += db.execute(segment.statement(self.order.source, wanted, keys, self.where, limit - len(found), self.sqlite)).all()
            if len(found) >= limit:
                break
        return found

    def select(self, *wanted: ColumnElement[Any]) -> Select[Any]:
        """All that is selected, in no order."""
        extra = self.order.where if isinstance(self.order, search.Newest) else ()
        return select(*wanted).select_from(self.order.source).where(*self.where, *extra)


def counted(found: Select[Any], bound: int | None) -> ScalarSelect[int]:
    """The number of rows of a select, that of the bound and one if there are more."""
    return select(func.count()).select_from((found if bound is None else found.limit(bound + 1)).subquery()).scalar_subquery()


def listing(db: Session, actor: Actor, table: Table, view: View, *, ordered: bool = True, each: bool = False) -> Listing:
    """The records that the view shows to the actor; `ordered=False`: to be counted, in whatever order; `each`: counted for
    each value of a field that an index leads to, which is begun with where they are many.

    Statements: one where there is a search, one where there are filters that may leave few rows.
    """
    return _Plan(db, actor, table, view, ordered, each).listing()


class _Plan:
    def __init__(self, db: Session, actor: Actor, table: Table, view: View, ordered: bool, each: bool) -> None:
        self.db, self.actor, self.table, self.view, self.ordered, self.each = db, actor, table, view, ordered, each
        self.source, self.sqlite = table.sql, is_sqlite(db)
        self.loose: Source = Loose(self.source) if self.sqlite else self.source
        self.centre = None if scope(actor, table, "restore" if view.trash else "read") == "all" else actor.centre
        self.sort = view.sort or ("-id" if view.search else table.default_sort)

    def listing(self) -> Listing:
        found = search.match(self.db, self.table, self.view.search, self.source, centre=self.centre, trash=self.view.trash)
        if found is not None and not found.frequent:
            return self.made([found.condition, *self.readable(self.loose), *self.filters(self.loose)], few=True)
        rest = [] if found is None else [found.condition]
        rare = self.rare(searched=found is not None)
        if rare is not None:
            # Several references are told by the ids alone; any other filter leads an index that begins with the centre.
            several = self.table.fields[rare.field].kind is Kind.REFERENCES
            others = tuple(one for one in self.view.filters if one is not rare)
            lead = self.linked(rare) if several else filtered(self.table, [rare], self.source)[0]
            own = self.readable(self.loose if several else self.source)
            return self.made([lead, *own, *filtered(self.table, others, self.loose), *rest], few=True)
        if found is not None and found.walked and self.sqlite and (self.sort in ("id", "-id") or not self.ordered):
            newest = search.Newest(self.table, found.query, self.source, descending=self.sort != "id")
            return Listing(self.table, self.source, (*self.readable(self.loose), *self.filters(self.loose)), newest, self.sqlite)
        if found is not None and found.walked and not self.ordered:
            source, leading = search.found_by_index(self.table, found.query, self.source, centre=self.centre)
            rest = [*leading, *self.readable(self.source), *self.filters(self.source)]
            return Listing(self.table, self.source, tuple(rest), Order(source, [Term(self.source.c.id)]), self.sqlite)
        return self.made([*self.readable(self.loose if self.by_id() else self.source), *self.walked(), *rest], few=False)

    def made(self, where: list[Condition], *, few: bool) -> Listing:
        loose = self.loose if few and isinstance(self.loose, Loose) else None
        order = order_of(self.table, self.sort, self.source, centre=self.centre, live=not self.view.trash, few=few, loose=loose)
        return Listing(self.table, self.source, tuple(where), order, self.sqlite, few)

    def readable(self, source: Source) -> list[Condition]:
        return readable(self.actor, self.table, source, trash=self.view.trash)

    def filters(self, source: Source) -> list[Condition]:
        return filtered(self.table, self.view.filters, source)

    def walked(self) -> list[Condition]:
        """The filters where none leaves few rows."""
        if not self.ordered:
            return self.filters(self.loose if self.each else self.source)
        own = self.in_own_order()
        return [one for filter_ in self.view.filters
                for one in filtered(self.table, [filter_], self.source if own and _is_equality(filter_) else self.loose)]  # fmt: skip

    def in_own_order(self) -> bool:
        return self.sort.removeprefix("-") == self.table.default_sort.removeprefix("-")

    def by_id(self) -> bool:
        """Whether the records themselves stand in the order of the list, and no index of the centre does."""
        return self.ordered and self.sort in ("id", "-id") and not self.in_own_order()

    def rare(self, *, searched: bool) -> Filter | None:
        """The filter that leaves the fewest rows, if they are few; of rows that need no order, more are few."""
        offered = [one for one in self.view.filters if self.may_lead(one)]
        if not offered or self.view.trash or not self.asks(offered, searched):
            return None
        found = self.totals(offered)
        fewest = min(range(len(offered)), key=lambda place: found[place])
        return offered[fewest] if found[fewest] <= (RARE if self.ordered else settings().count_bound) else None

    def totals(self, offered: Sequence[Filter]) -> Sequence[int]:
        """How many rows each filter leaves; asked once in a transaction: page, total and sums are begun with the same."""
        asked: dict[Any, Sequence[int]] = self.db.info.setdefault("rows left by filters", {})
        key = (self.table.name, self.centre, tuple(repr(one) for one in offered))
        if key not in asked:
            bound = max(RARE, settings().count_bound)
            asked[key] = self.db.execute(
                select(*(counted(self.alone(one), bound).label(f"n{place}") for place, one in enumerate(offered)))
            ).one()
        return asked[key]

    def asks(self, offered: Sequence[Filter], searched: bool) -> bool:
        """Whether it matters: not where the database chooses well by itself."""
        several = any(self.table.fields[one.field].kind is Kind.REFERENCES for one in offered)
        if searched or several:
            return self.sqlite or several
        if not self.ordered:
            return self.sqlite and (self.each or len(self.view.filters) > 1)
        by_reference = isinstance(order_of(self.table, self.sort, self.source, centre=self.centre), ByReference)
        alone = len(self.view.filters) == 1 and _is_equality(offered[0]) and self.in_own_order()
        return by_reference or (self.sqlite and not alone)

    def may_lead(self, one: Filter) -> bool:
        """Whether an index finds the rows of this filter."""
        field = self.table.fields.get(one.field)
        if field is None or not filterable(self.table, field):
            return False
        if field.kind is Kind.REFERENCES:
            return one.op == "in"
        return field.column is not None and field.kind is not Kind.CHOICES and one.op in ("in", "between", "period", "empty")

    def alone(self, one: Filter) -> Select[Any]:
        """The rows that this filter alone leaves of the centre."""
        field = self.table.fields[one.field]
        if field.kind is Kind.REFERENCES:
            link = field.link.c
            return select(literal(1)).where(link.target_id.in_(one.values))
        source = self.source
        own = [] if self.centre is None else [source.c.centre_id == self.centre]
        return select(literal(1)).where(*own, source.c.deleted_at.is_(None), *filtered(self.table, [one], source))

    def linked(self, one: Filter) -> Condition:
        link = self.table.fields[one.field].link.c
        return self.source.c.id.in_(select(link.owner_id).where(link.target_id.in_(one.values)))


def _is_equality(one: Filter) -> bool:
    return one.op == "empty" or (one.op == "in" and len(one.values) == 1)
