"""A picker over the records of a table: what may be chosen is searched for in the database while somebody types."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.parts.picker import Found, Labels, Option, PickerEvent, picker
from services.crud import pick
from services.crud.access import Actor
from services.crud.query import Ref
from services.crud.registry import Table
from services.platform.db import reading
from services.platform.i18n import _
from services.platform.settings import settings


def chooser(
    key: str,
    label: str,
    who: Actor,
    target: Table,
    chosen: Sequence[int] = (),
    *,
    narrow: Mapping[str, Any] | None = None,
    multiple: bool = False,
    required: bool = False,
    disabled: bool = False,
    help: str = "",
    error: str = "",
    add_new: str = "",
) -> PickerEvent:
    """Draw the picker and say what is chosen now: records of `target` that the person may see, within `narrow`."""
    known = _known(key)

    def search(term: str) -> Found:
        with reading() as db:
            found = pick.pick(db, who, target, term, narrow or {}, settings().picker_rows)
        options = [Option(one.id, one.text, one.second) for one in found.options]
        known.update({one.id: one for one in options})
        return Found(options, found.more, recent=not term)

    unknown = [id_ for id_ in chosen if id_ not in known]
    if unknown:
        with reading() as db:
            known.update({one.id: Option(one.id, one.text, one.second) for one in pick.chosen(db, who, target, unknown)})
    held = [known[id_] for id_ in chosen]
    value = held if multiple else (held[0] if held else None)
    return picker(
        key,
        label,
        search=search,
        value=value,
        multiple=multiple,
        required=required,
        disabled=disabled,
        help=help,
        error=error,
        placeholder=_("Type to search"),
        add_new=add_new,
        labels=_labels(),
    )


def remember(key: str, refs: Sequence[Ref]) -> None:
    """What records are called that a picker will hold, where that was read already."""
    _known(key).update({ref.id: Option(ref.id, ref.title) for ref in refs})


def _known(key: str) -> dict[int, Option]:
    """Records that the picker has shown, by id: what stands in it is not read again at every step."""
    found: dict[int, Option] = st.session_state.setdefault(f"{key}.known", {})
    return found


def _labels() -> Labels:
    return Labels(
        clear=_("Clear"),
        remove=_("Remove {text}"),
        recent=_("Used lately"),
        searching=_("Searching…"),
        nothing=_("Nothing found for “{term}”"),
        start=_("Type to search"),
        more=_("There are more. Type on to narrow the search."),
        failed=_("No answer yet. Please try again."),
    )
