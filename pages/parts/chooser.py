"""A picker over the records of a table: what may be chosen is searched for in the database while somebody types."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.picker import Found, Labels, Option, PickerEvent, picker
from services.crud import pick
from services.crud.access import Actor
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
    add_new: str = "",
) -> PickerEvent:
    """Draw the picker and say what is chosen now: records of `target` that the person may see, within `narrow`."""

    def search(term: str) -> Found:
        with reading() as db:
            found = pick.pick(db, who, target, term, narrow or {}, settings().picker_rows)
        return Found([Option(one.id, one.text, one.second) for one in found.options], found.more, recent=not term)

    held: list[Option] = []
    if chosen:
        with reading() as db:
            held = [Option(one.id, one.text, one.second) for one in pick.chosen(db, who, target, chosen)]
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
        placeholder=_("Type to search"),
        add_new=add_new,
        labels=_labels(),
    )


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
