"""Every start-up check finds a declaration that breaks it, and passes the mended one."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from sqlalchemy import UniqueConstraint, func
from sqlmodel import SQLModel

from models.areas import AREAS
from models.base import Bookable, Chart, Check, Child, Flow, Move, Record, Screen
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    choices,
    code,
    computed,
    day,
    file,
    id_number,
    integer,
    long_text,
    moment,
    money,
    number,
    parent,
    percent,
    phone,
    reference,
    references,
    text,
)
from models.types import text_type
from services.crud import checks, registry, rules
from services.crud.checks import CHECKS, Problem
from services.crud.registry import Table, describe, tables
from services.platform.i18n import set_language
from tests.crud.desk import own_rules

__all__ = ["own_rules"]

STATES = (Choice("open", "Open", "blue"), Choice("done", "Done", "green"))
_numbers = itertools.count(1)
_made: list[type[Record]] = []


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What a test declares is unknown to the registry and the metadata after it."""
    yield
    while _made:
        model = _made.pop()
        registry._known.pop(model, None)
        name = model.__table__.name  # type: ignore[attr-defined]
        for table in [one for key, one in SQLModel.metadata.tables.items() if key == name or key.startswith(f"{name}__")]:
            SQLModel.metadata.remove(table)
        type.__delattr__(model, "__table__")


def declare(**words: Any) -> Table:
    """A table as a class statement would declare it: `name=text("Name")`, `annotated={"name": str}`, `screen={…}`, `rights={…}` …"""
    serial = next(_numbers)
    annotations = words.pop("annotated", {})
    screen = {"area": "system", "section": "6.1", **words.pop("screen", {})}
    special = {f"__{name}__": words.pop(name) for name in ("rights", "flow", "charts", "checks") if name in words}
    named = words.pop("named", f"checked_{serial}")
    fields = {"name": text("Name", column=True), **words}
    found = {name: annotations.get(name, _annotation(word)) for name, word in fields.items()}
    namespace = {
        "__module__": __name__,
        "__tablename__": named,
        "__annotations__": found,
        "__screen__": Screen("Thing", "Things", **screen),
        "__rights__": {"*": "read"},
        **special,
        **fields,
    }
    model = type(Record)(f"Checked{serial}", (Record,), namespace, table=True)  # type: ignore[misc]
    _made.append(model)
    return describe(model)


def _annotation(word: Any) -> Any:
    spec = word if not hasattr(word, "json_schema_extra") else word.json_schema_extra["spec"]
    if spec is word:
        return ClassVar
    return spec.python_type if spec.kind in (Kind.TEXT, Kind.BOOLEAN, Kind.CHOICE) else spec.python_type | None


def flow(*moves: Move, initial: str = "open", **words: Any) -> Flow:
    return Flow(initial=initial, moves=moves, **words)


def finish(**words: Any) -> Move:
    return Move(**{"name": "finish", "title": "Finish", "sources": ("open",), "target": "done", "roles": ("clerk",), **words})


def state(*more: Choice, **words: Any) -> Any:
    return choice("State", (*STATES, *more), default="open", readonly=True, **words)


def stated(move: Move | None = None, *more: Choice, **words: Any) -> Table:
    return declare(state=state(*more), flow=flow(move or finish()), **words)


def charted(**words: Any) -> Table:
    fields = {"amount": money("Amount"), "kind": choice("Kind", STATES, default="open"), "on": day("On"), "note": long_text("Note")}
    return declare(**fields, secret=phone("Secret", sensitive=True), charts=(Chart(**{"name": "c", "title": "C", "by": "kind", **words}),))


def with_children(table: str, via: str, **words: Any) -> Table:
    return declare(screen={"children": (Child(table, via),)}, **words)


def with_its_child() -> Table:
    above = f"checked_above_{next(_numbers)}"
    child = declare(up=reference("Up", above))
    return with_children(child.name, "up", named=above)


def booked(**words: Any) -> Table:
    found = words.pop("found", True)
    given = {"start": "since", "end": "until", "of": ("who",), "longest": timedelta(days=1), **words}
    fields = {"since": moment("Since", filter=found), "until": moment("Until"), "who": reference("Who", "account"), "on": day("On")}
    return declare(**fields, screen={"bookable": Bookable(**given)})


def raw_unique() -> Table:
    table = declare(mark=code("Mark"))
    table.sql.append_constraint(UniqueConstraint(table.sql.c.mark))
    return table


def two_long() -> Table:
    long = "a" * 46
    return declare(named=f"checked_with_a_long_name_{next(_numbers)}", **{f"{long}{end}": text("A", column=True) for end in ("x", "y")})


def nameless(*, referred: bool) -> Table:
    table = declare(name=integer("Name"))
    if referred:
        declare(it=reference("It", table.name))
    return table


def unindexed(name: str, **words: Any) -> Table:
    table = declare(**words)
    for index in [one for one in table.sql.indexes if name in one.columns]:
        table.sql.indexes.remove(index)
    return table


def narrow_column() -> Table:
    table = declare(home=text("Home", max_length=200, sensitive=True))
    table.sql.c.home.type = text_type(200)
    return table


def waiting(**waits: Any) -> Table:
    return declare(who=reference("Who", "staff", filter=True), state=state(filter=True), flow=flow(finish(), waits=waits))


Case = tuple[str, Callable[[], Table], Callable[[], Table]]
PLAIN = declare
TWO = (Choice("a", "A"), Choice("b", "B"))

CASES: list[Case] = [
    ("E001", lambda: declare(screen={"area": "nowhere"}), PLAIN),
    ("E002", lambda: declare(screen={"section": "9.9"}), PLAIN),
    ("E003", lambda: declare(screen={"icon": "no_such_icon"}), lambda: declare(screen={"icon": "home"})),
    ("E003", lambda: stated(finish(icon="nope")), lambda: stated(finish(icon="check"))),
    ("E004", lambda: declare(note=text("Note 😀")), lambda: declare(note=text("Note ① 中文"))),
    ("E005", lambda: declare(screen={"titles": ("nmae",)}), lambda: declare(screen={"titles": ("name",)})),
    ("E005", lambda: declare(screen={"second": ("x",)}), PLAIN),
    ("E005", lambda: declare(screen={"sort": "-x"}), lambda: declare(screen={"sort": "-name"})),
    ("E005", lambda: declare(screen={"uniques": (("name", "x"),)}), PLAIN),
    ("E005", lambda: declare(screen={"similar": ("x",)}), PLAIN),
    ("E005", lambda: declare(screen={"owners": ("x",)}), PLAIN),
    ("E005", lambda: declare(screen={"department": "x"}), PLAIN),
    (
        "E006",
        lambda: declare(screen={"groups": ("Money",)}),
        lambda: declare(cost=money("Cost", group="Money"), screen={"groups": ("Money",)}),
    ),
    ("E006", lambda: declare(cost=money("Cost", tab="B"), note=text("Note", tab="A"), screen={"tabs": ("A",)}), PLAIN),
    ("E007", lambda: declare(note=long_text("Note"), screen={"titles": ("note",)}), lambda: declare(screen={"titles": ("name",)})),
    ("E008", lambda: with_children("nowhere", "up"), with_its_child),
    ("E008", lambda: with_children("account", "nothing"), with_its_child),
    ("E008", lambda: with_children("account", "staff"), with_its_child),
    ("E009", lambda: booked(start="on"), lambda: booked()),
    ("E009", lambda: booked(of=("name",)), lambda: booked()),
    ("E009", lambda: booked(colour="name"), lambda: booked()),
    ("E009", lambda: booked(free=When(nothing=1)), lambda: booked()),
    ("E009", lambda: booked(longest=None), lambda: booked()),
    ("E009", lambda: booked(found=False), lambda: booked()),
    (
        "E010",
        lambda: declare(screen={"row_colours": {"red": When(x=1)}}),
        lambda: declare(screen={"row_colours": {"red": When(name=EMPTY)}}),
    ),
    (
        "E010",
        lambda: stated(screen={"row_colours": {"red": When(state="opne")}}),
        lambda: stated(screen={"row_colours": {"red": When(state="open")}}),
    ),
    ("E011", lambda: declare(note=long_text("Note"), screen={"sort": "note"}), PLAIN),
    (
        "E011",
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: t.id), screen={"sort": "n"}),
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: t.id), screen={"sort": "n", "few": True}),
    ),
    ("E012", lambda: raw_unique(), lambda: declare(mark=code("Mark", unique=True))),
    ("E013", lambda: two_long(), PLAIN),
    ("E014", lambda: declare(today=text("Today")), PLAIN),
    ("E014", lambda: declare(version=integer("Version"), annotated={"version": int}), PLAIN),
    ("E014", lambda: declare(a__b=text("A")), PLAIN),
    ("E015", lambda: declare(note=text("Never translated")), lambda: describe(tables()["account"].model)),
    (
        "E016",
        lambda: declare(screen={"owners": ("name",)}),
        lambda: declare(boss=reference("Boss", "account"), screen={"owners": ("boss",)}),
    ),
    ("E017", lambda: declare(note=long_text("Note"), screen={"similar": ("note",)}), lambda: declare(screen={"similar": ("name",)})),
    ("E018", lambda: nameless(referred=True), lambda: nameless(referred=False)),
    (
        "E019",
        lambda: declare(note=long_text("Note"), screen={"uniques": (("name", "note"),)}),
        lambda: declare(mark=code("Mark"), screen={"uniques": (("name", "mark"),)}),
    ),
    ("E020", lambda: stated(screen={"append_only": True}), lambda: declare(screen={"append_only": True})),
    ("E101", lambda: declare(place=reference("Place", "nowhere")), lambda: declare(who=reference("Who", "account"))),
    ("E102", lambda: declare(up=parent("Up", "account")), lambda: declare(up=reference("Up", "account"))),
    (
        "E103",
        lambda: declare(who=reference("Who", "account", narrow={"actve": True})),
        lambda: declare(who=reference("Who", "account", narrow={"active": True})),
    ),
    (
        "E103",
        lambda: declare(who=reference("Who", "account", narrow={"name": "$nmae"})),
        lambda: declare(who=reference("Who", "account", narrow={"name": "$name"})),
    ),
    ("E104", lambda: declare(note=text("Note", shown_if=When(kind="a"))), lambda: declare(note=text("Note", shown_if=When(name=EMPTY)))),
    (
        "E104",
        lambda: declare(kind=choice("Kind", TWO, default="a"), note=text("Note", required_if=When(kind="c"))),
        lambda: declare(kind=choice("Kind", TWO, default="a"), note=text("Note", required_if=When(kind="b"))),
    ),
    (
        "E104",
        lambda: declare(note=text("Note", editable_if=When(roles=("king",)))),
        lambda: declare(note=text("Note", editable_if=When(roles=("clerk",)))),
    ),
    (
        "E105",
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: t.id, filter=True)),
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: t.id, filter=True), screen={"few": True}),
    ),
    (
        "E105",
        lambda: unindexed("kind", kind=choice("Kind", TWO, default="a", filter=True)),
        lambda: declare(kind=choice("Kind", TWO, default="a", filter=True)),
    ),
    ("E105", lambda: declare(note=long_text("Note", filter=True)), PLAIN),
    (
        "E106",
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: func.count(), sort=True)),
        lambda: declare(n=computed("N", Kind.INTEGER, lambda t: t.id, sort=True), screen={"few": True}),
    ),
    ("E106", lambda: declare(amount=money("Amount", sort=True)), lambda: declare(amount=money("Amount", sort=True, column=True))),
    ("E106", lambda: declare(scan=file("Scan", sort=True)), PLAIN),
    ("E107", lambda: declare(also=references("Also", "account", search=True)), lambda: declare(also=references("Also", "account"))),
    ("E108", lambda: declare(tel=phone("Tel", sensitive=True, search=True)), lambda: declare(tel=phone("Tel", sensitive=True))),
    (
        "E108",
        lambda: declare(tel=phone("Tel", sensitive=True), screen={"titles": ("tel",)}),
        lambda: declare(tel=phone("Tel"), screen={"titles": ("tel",)}),
    ),
    ("E109", lambda: declare(born=day("Born", sensitive=True)), lambda: declare(born=text("Born", sensitive=True))),
    ("E110", lambda: declare(kind=choice("Kind", (*TWO, TWO[0]), default="a")), lambda: declare(kind=choice("Kind", TWO, default="a"))),
    ("E111", lambda: declare(kind=choice("Kind", (Choice("has blank", "X"),), default="has blank")), PLAIN),
    ("E111", lambda: declare(kind=choice("Kind", (Choice("x" * 41, "X"),))), PLAIN),
    ("E111", lambda: declare(kind=choices("Kind", ())), PLAIN),
    ("E112", lambda: declare(kind=choice("Kind", TWO, default="c")), lambda: declare(kind=choice("Kind", TWO, default="a"))),
    ("E112", lambda: declare(kind=choice("Kind", (*TWO, Choice("c", "C", active=False)), default="c")), PLAIN),
    ("E112", lambda: declare(n=integer("N", default=0, ge=1)), lambda: declare(n=integer("N", default=1, ge=1))),
    ("E113", lambda: declare(tel=phone("Tel", example="12345")), lambda: declare(tel=phone("Tel", example="13812345678"))),
    (
        "E114",
        lambda: declare(note=text("Note", shown_if=When(name=EMPTY))),
        lambda: declare(note=text("Note", default="x", shown_if=When(name=EMPTY))),
    ),
    ("E115", lambda: declare(no=number("No.", "ZC{year}")), lambda: declare(no=number("No.", "ZC{year}{seq:04}"))),
    ("E115", lambda: declare(no=number("No.", "ZC{seq:04}", unique=False)), PLAIN),
    (
        "E116",
        lambda: declare(mark=code("Mark", pattern="(", pattern_help="Something.")),
        lambda: declare(mark=code("Mark", pattern="[A-Z]", pattern_help="A letter.")),
    ),
    ("E116", lambda: declare(mark=code("Mark", pattern="[A-Z]")), PLAIN),
    ("E117", lambda: declare(n=integer("N", ge=5, le=4)), lambda: declare(n=integer("N", ge=4, le=4))),
    ("E118", lambda: declare(share=percent("Share", sum=True)), lambda: declare(amount=money("Amount", sum=True))),
    ("E119", lambda: declare(no=number("No.", "N{seq:04}", inline=True)), lambda: declare(amount=money("Amount", inline=True))),
    ("E119", lambda: declare(note=long_text("Note", inline=True)), PLAIN),
    (
        "E120",
        lambda: declare(tel=phone("Tel", sensitive=True, unmasked_for=("king",))),
        lambda: declare(tel=phone("Tel", sensitive=True, unmasked_for=("hr",))),
    ),
    ("E120", lambda: declare(tel=phone("Tel", unmasked_for=("hr",))), PLAIN),
    ("E121", lambda: declare(scan=file("Scan", accept=("exe",))), lambda: declare(scan=file("Scan", accept=("pdf",)))),
    (
        "E122",
        lambda: declare(who=reference("Who", "account", on_delete="set null"), annotated={"who": int}),
        lambda: declare(who=reference("Who", "account", on_delete="set null")),
    ),
    ("E123", lambda: narrow_column(), lambda: declare(no=id_number("No."))),
    (
        "E124",
        lambda: declare(n=integer("N"), checks=(Check("c", lambda t: t.n > 0, "No.", "m"),)),
        lambda: declare(n=integer("N"), checks=(Check("c", lambda t: t.n > 0, "No.", "n"),)),
    ),
    (
        "E124",
        lambda: declare(n=integer("N"), checks=(Check("c", lambda t: func.abs(t.n) > 0, "No.", "n"),)),
        lambda: declare(n=integer("N"), checks=(Check("c", lambda t: (t.n > 0) | (t.n < 0), "No.", "n"),)),
    ),
    (
        "E125",
        lambda: declare(total=money("Total", readonly=True), annotated={"total": Decimal}),
        lambda: declare(total=money("Total", readonly=True, default=Decimal(0)), annotated={"total": Decimal}),
    ),
    ("E201", lambda: declare(flow=flow(finish())), lambda: stated()),
    ("E201", lambda: declare(state=text("State"), flow=flow(finish())), lambda: stated()),
    ("E202", lambda: declare(state=state(), flow=flow(finish(), initial="begun")), lambda: stated()),
    ("E203", lambda: stated(finish(sources=("begun",))), lambda: stated()),
    ("E203", lambda: stated(finish(target="ended")), lambda: stated()),
    ("E203", lambda: stated(finish(sources=())), lambda: stated()),
    ("E204", lambda: stated(None, Choice("lost", "Lost", "red")), lambda: stated(None, Choice("lost", "Lost", "red", active=False))),
    (
        "E205",
        lambda: declare(state=choice("State", (STATES[0], Choice("done", "Done", "blue")), default="open"), flow=flow(finish())),
        lambda: stated(),
    ),
    ("E206", lambda: stated(finish(roles=("king",))), lambda: stated(finish(roles=("*",)))),
    ("E207", lambda: stated(finish(requires=("nmae",))), lambda: stated(finish(requires=("name",)))),
    (
        "E207",
        lambda: stated(finish(asks=("no",)), no=number("No.", "N{seq:04}")),
        lambda: stated(finish(asks=("no",), roles=()), no=number("No.", "N{seq:04}")),
    ),
    ("E208", lambda: stated(finish(apart_from=("name",))), lambda: stated(finish(apart_from=("created_by",)))),
    ("E208", lambda: stated(finish(only_by=("nobody",))), lambda: stated(finish(only_by=("boss",)), boss=reference("Boss", "staff"))),
    (
        "E209",
        lambda: declare(state=state(), flow=flow(finish(), finish(target="open"))),
        lambda: declare(state=state(), flow=flow(finish(), finish(name="again", target="open"))),
    ),
    (
        "E210",
        lambda: stated(finish(guard=When(x=1), guard_message="No.")),
        lambda: stated(finish(guard=When(name=EMPTY), guard_message="No.")),
    ),
    ("E210", lambda: stated(finish(guard=When(name=EMPTY))), lambda: stated()),
    ("E211", lambda: stated(finish(name="restore")), lambda: stated()),
    ("E301", lambda: charted(by="knid"), lambda: charted()),
    ("E301", lambda: charted(only=When(kind="opne")), lambda: charted(only=When(kind="open"))),
    ("E302", lambda: charted(measure="sum:kind"), lambda: charted(measure="sum:amount")),
    ("E302", lambda: charted(measure="median:amount"), lambda: charted(measure="avg:amount")),
    ("E302", lambda: charted(measure="share:amount"), lambda: charted(measure="count")),
    ("E303", lambda: charted(over="kind"), lambda: charted(over="on")),
    ("E304", lambda: charted(mark="heat"), lambda: charted(mark="heat", over="on")),
    ("E304", lambda: charted(by=""), lambda: charted()),
    ("E304", lambda: charted(mark="line"), lambda: charted(mark="line", by="", over="on")),
    ("E305", lambda: charted(by="note"), lambda: charted(by="name")),
    ("E305", lambda: charted(mark="histogram", by="amount"), lambda: charted(mark="histogram", by="amount", bins=(0, 10))),
    ("E305", lambda: charted(mark="histogram", by="amount", bins=(10, 0)), lambda: charted()),
    ("E306", lambda: declare(charts=(Chart(name="c", title="A", by="name"),) * 2), lambda: charted()),
    ("E307", lambda: charted(split="secret"), lambda: charted()),
    ("E308", lambda: charted(target=Decimal(5)), lambda: charted(target=Decimal(5), target_title="Goal")),
    ("E401", lambda: declare(rights={"king": "read"}), PLAIN),
    ("E402", lambda: declare(rights={"*": "read fly"}), PLAIN),
    ("E402", lambda: declare(rights={"*": "read:world"}), lambda: declare(rights={"*": "read:centre"})),
    ("E403", lambda: declare(rights={}), PLAIN),
    ("E403", lambda: declare(rights={"clerk": "edit", "hr": "read"}), lambda: declare(rights={"clerk": "edit", "*": "read"})),
    (
        "E404",
        lambda: declare(rights={"*": "read:department"}),
        lambda: declare(team=reference("Team", "department"), rights={"*": "read:department"}, screen={"department": "team"}),
    ),
    ("E405", lambda: stated(rights={"hr": "read"}), lambda: stated(rights={"clerk": "read"})),
    ("E212", lambda: waiting(nowhere=("clerk",)), lambda: waiting(open=("clerk",))),
    ("E212", lambda: waiting(open=("nobody",)), lambda: waiting(open=("who",))),
    ("E213", lambda: declare(by=day("By"), screen={"due": "by"}), lambda: declare(by=day("By", filter=True), screen={"due": "by"})),
    ("E213", lambda: declare(screen={"due": "name"}), PLAIN),
    ("E213", lambda: declare(screen={"due_while": When(name="x")}), PLAIN),
    ("E214", lambda: stated(screen={"settled": When(state="over")}), lambda: stated(screen={"settled": When(state="done")})),
    ("E214", lambda: declare(by=day("By"), screen={"settled": When(by=FILLED)}), PLAIN),
]


def found(table: Table) -> dict[str, list[Problem]]:
    problems: dict[str, list[Problem]] = {}
    for one in checks.run([table], tables()):
        problems.setdefault(one.code, []).append(one)
    return problems


@pytest.mark.parametrize(("number_", "broken", "mended"), CASES, ids=[f"{case[0]}-{place}" for place, case in enumerate(CASES)])
def test_a_check(number_: str, broken: Callable[[], Table], mended: Callable[[], Table]) -> None:
    problems = found(broken())
    assert number_ in problems, sorted(problems)
    for problem in problems[number_]:
        said = str(problem)
        assert said.startswith(f"{number_} checked_")
        assert "{" not in str(problem.message).replace("{year}", "").replace("{seq:04}", "")
    assert number_ not in found(mended())


def test_every_check_is_tested() -> None:
    assert set(CHECKS) == {case[0] for case in CASES}
    assert len(CHECKS) >= 35


def test_checks_speak_chinese() -> None:
    set_language("zh_CN")
    problems = found(declare(screen={"area": "nowhere"}))
    assert str(problems["E001"][0].message) == "业务领域“nowhere”不在 models/areas.py 中。"
    assert "facilities" in {area.name for area in AREAS}


def test_rules_for_what_is_not_declared(own_rules: None) -> None:
    rules.rule("nowhere")(lambda change: None)
    rules.guard("account", "fly")(lambda change: None)
    assert sorted((one.code, one.where) for one in checks.run_rules(tables())) == [("E410", "nowhere"), ("E411", "account.fly")]


def test_a_bare_class_has_no_problem_but_its_rights_and_its_chinese() -> None:
    class CheckedBare(Record, table=True):
        name: str
        made_on: date | None
        at: datetime | None
        size: Decimal | None
        known: bool

    _made.append(CheckedBare)
    assert set(found(describe(CheckedBare))) == {"E015", "E403"}


def test_what_tests_declare_does_not_stay() -> None:
    assert not [name for name in tables() if name.startswith("checked_")]
    assert not [name for name in SQLModel.metadata.tables if name.startswith("checked_")]


def test_the_declarations_of_the_product_have_no_problem() -> None:
    import models
    import services.areas

    assert models
    assert services.areas
    assert [str(one) for one in checks.run() if not one.where.startswith("sample_")] == []
