"""The address bar is the state: whatever list somebody sees, its address gives the same list again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.crud import query
from services.crud.access import Actor
from services.crud.periods import PERIODS
from services.crud.registry import Table, table, tables
from services.crud.view import LAST, Filter, View, clean, filterable, ops
from services.platform import db
from tests.crud.test_view import TEXT, values_of
from tests.laws.conftest import ALL_ROLES, NAMES, Demo

EVERYBODY = Actor(account=None, name="everybody", centre=1, roles=ALL_ROLES)


@st.composite
def filters(draw: st.DrawFn, of: Table) -> Filter:
    field = draw(st.sampled_from([field for field in of.fields.values() if filterable(of, field)]))
    op = draw(st.sampled_from(ops(field)))
    if op in ("empty", "filled"):
        return Filter(field.name, op)
    if op == "period":
        return Filter(field.name, op, (draw(st.sampled_from(list(PERIODS))),))
    value = values_of(field)
    if op == "between":
        low, high = draw(st.none() | value), draw(st.none() | value)
        return Filter(field.name, op, (low, draw(value) if low is None and high is None else high))
    return Filter(field.name, op, (draw(value),) if op == "contains" else tuple(draw(st.lists(value, min_size=1, max_size=4, unique=True))))


@st.composite
def views(draw: st.DrawFn) -> tuple[Table, View]:
    of = tables()[draw(st.sampled_from(NAMES))]
    found = (
        {one.field: one for one in draw(st.lists(filters(of), max_size=4))} if any(filterable(of, f) for f in of.fields.values()) else {}
    )
    columns = draw(st.lists(st.sampled_from([field.name for field in of.declared]), unique=True, max_size=4))
    sortable = [field.name for field in of.fields.values() if of.sortable(field)]
    search = draw(st.just("") | TEXT.map(lambda text: " ".join(clean(text).split())))
    return of, View(
        filters=tuple(found.values()),
        search=search,
        sort=draw(st.sampled_from(["", "id", "-id", *sortable, *(f"-{name}" for name in sortable)])),
        after=draw(st.sampled_from(["", "abc"])),
        before=draw(st.sampled_from(["", LAST])),
        size=draw(st.sampled_from([20, 50, 100, 200])),
        columns=tuple(columns) or None,
        density=draw(st.sampled_from(["compact", "normal", "comfortable"])),
        trash=draw(st.booleans()),
        name=draw(st.sampled_from(["", "7"])),
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(drawn=views())
def test_a_view_survives_its_address(drawn: tuple[Table, View]) -> None:
    of, view = drawn
    assert View.from_params(EVERYBODY, of, view.to_params()) == (view, [])


@pytest.mark.parametrize("name", NAMES)
def test_every_filter_and_sort_that_is_offered_is_taken(demo: Demo, name: str) -> None:
    """Each gives a list, and nothing that a list offers is refused in its address."""
    of = table(name)
    with db.reading() as session:
        for field in of.fields.values():
            asked = {"sort": [field.name]} if of.sortable(field) else {}
            asked |= {f"f.{field.name}": ["!~"]} if field in of.filter_fields and "filled" in ops(field) else {}
            view, refused = View.from_params(demo.everybody, of, asked, session)
            assert refused == []
            assert view.to_params() == asked
            found = query.page(session, demo.everybody, of, view)
            assert found.refused is None
            assert len(found.rows) <= view.size
