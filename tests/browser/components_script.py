"""The screens on which the tests of the grid and the picker play: `?screen=grid`, `?screen=picker`."""

import json
import time
from typing import Any

import streamlit as st

from models.fields import Colour
from pages.parts.grid import Column, Labels, Row, grid
from pages.parts.picker import Found, Option, picker

EVIL = '<script>document.title = "hit"</script><img src=x onerror=\'document.title = "hit"\'>'
HEBREW = "שלום עולם (abc) 123"
LONG = "长" * 10_000
COLOURS: tuple[Colour, ...] = ("grey", "blue", "teal", "green", "yellow", "orange", "red", "purple")
NAMES = {1: EVIL, 2: HEBREW, 3: LONG, 4: "🪑👨‍👩‍👧‍👦 椅子", 5: "bad address"}
PEOPLE = {n: Option(n, f"Person {n}", f"138{n:08}") for n in range(1, 10_001)}
PEOPLE |= {n: Option(n, text, text) for n, text in ((10_001, EVIL), (10_002, LONG), (10_003, HEBREW), (10_004, "İstanbul"))}

kept = st.session_state
kept.setdefault("events", [])
kept.setdefault("asked", [])
kept["runs"] = kept.get("runs", 0) + 1


def show(**facts: object) -> None:
    """What the script knows, for the test to read."""
    with st.container(key="facts"):
        st.code(json.dumps({"runs": kept["runs"], **facts}))


def grid_screen() -> None:
    kept.setdefault("selected", (7,) if "preset" in st.query_params else ())
    kept.setdefault("sort", ("number", False))
    kept.setdefault("page", 0)
    kept.setdefault("touched", 0)
    if st.button("Next page"):
        kept["page"] += 1
    if st.button("Clear"):
        kept["selected"] = ()
    if st.button("Touch"):
        kept["touched"] += 1
    if st.checkbox("Move it"):
        st.container().write("above")
    if st.checkbox("Hide it"):
        st.stop()
    columns = [
        Column("code", "Code", "code"),
        Column("name", "Name", primary=True),
        Column("state", "State", "badge"),
        Column("place", "Place", "reference"),
        Column("number", "Number", "number", "pieces"),
        Column("tags", "Tags", "badges", sortable=False),
        Column("done", "Done", "progress"),
        Column("ok", "Fine", "boolean"),
        Column("site", "Site", "link"),
        Column("shot", "Picture", "image"),
    ]
    size = int(st.query_params.get("rows", "30"))
    ids = [] if "empty" in st.query_params else list(range(kept["page"] * size + 1, (kept["page"] + 1) * size + 1))
    if kept["sort"][1]:
        ids.reverse()
    rows = [
        Row(
            id_,
            {
                "code": f"C{id_:04}",
                "name": {"text": NAMES.get(id_, f"Thing {id_}"), "second": NAMES.get(id_, "second line")},
                "state": {"text": f"State {id_ % 8}", "colour": COLOURS[id_ % 8]},
                "place": {"text": "Hall", "href": "place?id=3", "id": 3},
                "number": str(id_ * 10 + (kept["touched"] if id_ == 6 else 0)),
                "tags": [{"text": "one", "colour": "blue"}, {"text": "two", "colour": "red"}],
                "done": {"text": "45%", "share": 0.45},
                "ok": {"text": "yes", "on": True},
                "site": {"text": "site", "href": "java\nscript:document.title='hit'" if id_ == 5 else "https://example.org/"},
                "shot": {"text": "picture", "src": "https://example.org/x.png"},
            },
            "javascript:document.title='hit'" if id_ == 5 else f"thing?id={id_}",
            "red" if id_ % 5 == 0 else None,
            "late" if id_ % 5 == 0 else "",
        )
        for id_ in ids
    ]
    with st.container():
        event = grid(
            "things",
            columns,
            rows,
            caption="Things",
            sort=kept["sort"],
            selectable="plain" not in st.query_params,
            selected=kept["selected"],
            footer={"number": "4,650"},
            empty="Nothing here yet",
            labels=Labels(selected="{count} chosen"),
        )
    kept["selected"] = event.selected
    for name, value in (("open", event.open), ("follow", event.follow), ("sort", event.sort)):
        if value is not None:
            kept["events"].append([name, value])
    if event.sort:
        kept["sort"] = event.sort
        st.rerun()
    show(selected=event.selected, events=kept["events"])


def search(term: str) -> Found:
    kept["asked"].append(term)
    time.sleep(0.8 if term == "slow" else 0)
    if not term:
        return Found([PEOPLE[n] for n in (7, 77, 777)], recent=True)
    found = [one for one in PEOPLE.values() if all(word in f"{one.text} {one.second}".lower() for word in term.lower().split())]
    if term == "slow":
        found = [PEOPLE[1]]
    return Found(found[:20], more=len(found) > 20)


def person(key: str, label: str, multiple: bool = False, add_new: str = "", disabled: bool = False) -> None:
    """A picker as a form uses it: what it says is kept and passed on the next run."""
    held: Any = kept.setdefault(f"{key}.value", [] if multiple else None)
    ids = held if multiple else [held] if held else []
    event = picker(
        key,
        label,
        search=search,
        value=[PEOPLE[id_] for id_ in ids] if multiple else next((PEOPLE[id_] for id_ in ids), None),
        multiple=multiple,
        add_new=add_new,
        help="A hint",
        error="Choose somebody" if key == "wrong" else "",
        placeholder="Name or number",
        required=key == "wrong",
        disabled=disabled,
    )
    kept[f"{key}.value"] = event.value
    if event.add_new is not None:
        kept["events"].append(["add", event.add_new])


def picker_screen() -> None:
    @st.fragment
    def alone() -> None:
        kept["fragments"] = kept.get("fragments", 0) + 1
        person("alone", "In a fragment")
        st.caption(f"fragment: {kept['alone.value']}, {kept['asked'][-1:]}")

    @st.dialog("Dialog")
    def dialog() -> None:
        person("inside", "In a dialog")
        person("insiders", "Several in a dialog", multiple=True)
        st.caption(f"dialog: {kept['inside.value']} {kept['insiders.value']}")

    alone()
    if st.button("Set to 9"):
        kept["one.value"] = 9
    if st.button("Open dialog"):
        dialog()
    if st.checkbox("Move it") or (st.query_params.get("move") and kept["asked"]):
        st.container().write("above")
    with st.container():
        person("one", "One")
    person("many", "Many", multiple=True, add_new="New person")
    person("wrong", "Wrong")
    person("off", "Off", disabled=True)
    with st.container(height=110):
        person("cut", "In a small box")
    values = {name: kept[f"{name}.value"] for name in ("one", "many", "cut")}
    show(**values, asked=kept["asked"], events=kept["events"], fragments=kept["fragments"])
    person("last", "Last")


{"grid": grid_screen, "picker": picker_screen}[st.query_params.get("screen", "grid")]()
