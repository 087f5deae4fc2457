"""One widget per kind of field: what a person types (raw), and the value it means.

Raw values are what Streamlit's widgets hold; they are kept as typed, so that a wrong entry is never lost. `stored` and
`restored` turn them into JSON and back for drafts.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from models.fields import Kind
from pages.parts.chooser import chooser
from pages.parts.display import heading
from pages.parts.markdown import plain
from pages.parts.navigation import again, reachable
from services.crud import access
from services.crud.access import Actor
from services.crud.query import Ref
from services.crud.registry import Field, table
from services.crud.validate import parse
from services.platform.db import writing
from services.platform.file_kinds import KINDS, FileRefused
from services.platform.files import link, store
from services.platform.i18n import _, pgettext
from services.platform.settings import settings

ZONE = ZoneInfo("Asia/Shanghai")
FEW_CHOICES = 5
ADD_NEW = "widgets.add_new"
"""(field, what was typed): somebody asked for a new record to refer to."""
_TYPED = frozenset({Kind.DECIMAL, Kind.MONEY, Kind.PERCENT, Kind.DURATION, Kind.POINT, Kind.INTEGER})
_OLDEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)


def raw(field: Field, value: Any) -> Any:
    """A stored value → what the widget shows."""
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, list):
        return [one.id if isinstance(one, Ref) else one for one in value]
    if field.kind is Kind.BOOLEAN:
        return bool(value)
    if value is None:
        return [] if field.kind in (Kind.CHOICES, Kind.REFERENCES) else ("" if _written(field) else None)
    if field.kind is Kind.MOMENT:
        return value.astimezone(ZONE).replace(tzinfo=None, second=0, microsecond=0)
    if field.kind is Kind.DURATION:
        return _clock(int(value.total_seconds()))
    if field.kind is Kind.POINT:
        return f"{value[0]}, {value[1]}"
    if field.kind in _TYPED:
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return value


def _clock(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    return ("-" if seconds < 0 else "") + f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def meaning(field: Field, typed: Any) -> Any:
    """What a person typed → the value it means, or a `Problem` that says what is wrong with it."""
    if isinstance(typed, datetime):
        return typed.replace(tzinfo=ZONE)
    if field.kind in _TYPED and isinstance(typed, str):
        return parse(field, typed)
    if isinstance(typed, str) and not typed.strip():
        return None
    return typed


def stored(typed: Any) -> Any:
    """A raw value as JSON, for a draft."""
    if isinstance(typed, date | datetime | time):
        return {"iso": typed.isoformat(), "is": type(typed).__name__}
    return typed


def restored(kept: Any) -> Any:
    """A raw value of a draft as the widget wants it."""
    if isinstance(kept, Mapping) and "iso" in kept:
        kinds: dict[str, Any] = {"date": date, "datetime": datetime, "time": time}
        return kinds[kept["is"]].fromisoformat(kept["iso"])
    return kept


def _written(field: Field) -> bool:
    return field.is_text or field.kind in _TYPED


def label(field: Field, required: bool) -> str:
    """The field's title with its unit, and a star where it must be filled."""
    sign = {Kind.MONEY: " (¥)", Kind.PERCENT: " (%)"}.get(field.kind, "")
    return heading(field) + sign + (" *" if required else "")


def problem(text: object) -> None:
    """What is wrong, beside the widget that it is about."""
    st.markdown(f":small[:red[:material/error: {plain(text)}]]")


def doubt(text: object) -> None:
    """What makes one ask, beside the widget that it is about."""
    st.markdown(f":small[:orange[:material/warning: {plain(text)}]]")


def draw(
    field: Field,
    actor: Actor,
    key: str,
    typed: Any,
    *,
    required: bool,
    disabled: bool = False,
    values: Mapping[str, Any],
    error: str = "",
    add_new: bool = False,
) -> Any:
    """Draw the field's widget under `key`, under it what is wrong (`error`), and give back what stands in it now.

    `add_new`: a picker offers to make a new record; who asks for one leaves the wish under `ADD_NEW`.
    """
    if _says_itself(field):
        return _reference(field, actor, key, typed, required=required, disabled=disabled, values=values, error=error, add_new=add_new)
    now = _draw(field, actor, key, typed, required=required, disabled=disabled)
    if error:
        problem(error)
    return now


def _says_itself(field: Field) -> bool:
    """Whether the widget shows what is wrong with it."""
    return field.is_reference or field.kind is Kind.REFERENCES


def _draw(field: Field, actor: Actor, key: str, typed: Any, *, required: bool, disabled: bool) -> Any:
    spec = field.spec
    st.session_state.setdefault(key, typed)
    common: dict[str, Any] = {"key": key, "help": _help(field), "disabled": disabled}
    title = label(field, required)
    if field.kind is Kind.LONG_TEXT:
        return st.text_area(title, placeholder=_placeholder(field), height="content", **common)
    if field.kind is Kind.CHOICE:
        return _choice(field, title, common, typed, required)
    if field.kind is Kind.CHOICES:
        return st.pills(
            title,
            [c.code for c in spec.choices if c.active or c.code in (typed or [])],
            selection_mode="multi",
            format_func=field.choice_title,
            **common,
        )
    if field.kind is Kind.BOOLEAN:
        return st.toggle(title, **common)
    if field.kind is Kind.DATE:
        return st.date_input(title, value=None, min_value=_OLDEST, max_value=_LATEST, format="YYYY-MM-DD", **common)
    if field.kind is Kind.TIME:
        return st.time_input(title, value=None, **common)
    if field.kind is Kind.MOMENT:
        return st.datetime_input(
            title,
            value=None,
            min_value=datetime.combine(_OLDEST, time()),
            max_value=datetime.combine(_LATEST, time()),
            step=300,
            format="YYYY-MM-DD",
            **common,
        )
    if field.kind in (Kind.FILE, Kind.IMAGE):
        return _upload(field, actor, key, title, disabled)
    return st.text_input(title, placeholder=_placeholder(field), icon=_ICONS.get(field.kind), **common)


def _choice(field: Field, title: str, common: dict[str, Any], typed: Any, required: bool) -> Any:
    codes = [choice.code for choice in field.spec.choices if choice.active or choice.code == typed]
    if len(codes) <= FEW_CHOICES:
        return st.segmented_control(
            title, codes, format_func=field.choice_title, required=required and typed is not None, wrap=True, **common
        )
    return st.selectbox(title, codes, index=None, format_func=field.choice_title, placeholder=_("Choose"), **common)


def _help(field: Field) -> str | None:
    parts = [field.help]
    if field.spec.accept:
        parts.append(_("Kinds of file: {kinds}", kinds=", ".join(field.spec.accept).upper()))
    if field.spec.example:
        parts.append(_("Example: {example}", example=field.spec.example))
    text = "\n\n".join(part for part in parts if part)
    return plain(text) if text else None


def _placeholder(field: Field) -> str | None:
    hints = {Kind.DURATION: _("hours:minutes, such as 1:30"), Kind.POINT: _("longitude, latitude"), Kind.COLOUR: "#1f77b4"}
    if field.kind is Kind.POINT and field.spec.on == "plan":
        return _("across %, down %")
    return pgettext(field.table, field.spec.placeholder) if field.spec.placeholder else field.spec.example or hints.get(field.kind)


_ICONS = {Kind.PHONE: ":material/call:", Kind.EMAIL: ":material/mail:", Kind.LINK: ":material/link:"}


def narrowed(field: Field, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the picker of a reference offers, with `$field` replaced by this record's value."""
    return {
        name: _bare(values.get(wanted[1:])) if isinstance(wanted, str) and wanted.startswith("$") else wanted
        for name, wanted in field.spec.narrow.items()
    }


def _bare(value: Any) -> Any:
    return value.id if isinstance(value, Ref) else value


def picker_key(key: str) -> str:
    """The key of the picker in the widget of that key."""
    return f"{key}.picker"


def _reference(
    field: Field,
    actor: Actor,
    key: str,
    typed: Any,
    *,
    required: bool,
    disabled: bool,
    values: Mapping[str, Any],
    error: str,
    add_new: bool,
) -> Any:
    target, several = table(field.spec.target), field.kind is Kind.REFERENCES
    held = st.session_state.setdefault(key, typed)
    may_add = add_new and field.spec.add_new and not several and access.may(actor, target, "create") and reachable(target.name)
    event = chooser(
        picker_key(key),
        field.title,
        actor,
        target,
        held if several else [held] if held else [],
        narrow=narrowed(field, values),
        multiple=several,
        required=required,
        disabled=disabled,
        help=field.help,
        error=error,
        add_new=_("New: {what}", what=target.title) if may_add else "",
    )
    if event.add_new is not None:
        st.session_state[ADD_NEW] = (field, event.add_new)
    st.session_state[key] = event.value
    return event.value


def _upload(field: Field, actor: Actor, key: str, title: str, disabled: bool) -> int | None:
    """A file is stored as soon as it is chosen; then the uploader is empty again and the file stands under it."""
    turn = st.session_state.setdefault(f"{key}.turn", 0)
    refused = st.session_state.pop(f"{key}.refused", None)
    # No `type`: the browser would refuse in English what is refused here in plain words.
    uploaded = st.file_uploader(
        title, key=f"{key}.upload.{turn}", help=_help(field), disabled=disabled, max_upload_size=settings().upload_megabytes
    )
    if uploaded is not None:
        try:
            with writing() as db:
                st.session_state[key] = store(db, actor, uploaded.name, uploaded, accept=_accepted(field))
        except FileRefused as reason:
            st.session_state[f"{key}.refused"] = reason.message
        st.session_state[f"{key}.turn"] = turn + 1
        again()
    if refused is not None:
        st.error(plain(refused), icon=":material/block:")
    held: int | None = st.session_state[key]
    if held is not None:
        _stored(field, actor, key, held, disabled)
    return held


def _stored(field: Field, actor: Actor, key: str, held: int, disabled: bool) -> None:
    if field.kind is Kind.IMAGE:
        st.html(f'<img src="{escape(link(actor, held, side=480))}" alt="{escape(field.title)}" class="preview">')
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button(_("Open the present file"), link(actor, held), icon=":material/attach_file:", type="tertiary")
        st.button(
            _("Remove"), key=f"{key}.remove", icon=":material/close:", type="tertiary", disabled=disabled, on_click=_remove, args=(key,)
        )


def _remove(key: str) -> None:
    st.session_state[key] = None


def _accepted(field: Field) -> tuple[str, ...]:
    """Extensions of the files that may stand in the field; empty: all that the product keeps."""
    if field.spec.accept or field.kind is not Kind.IMAGE:
        return field.spec.accept
    return tuple(name for name, kind in KINDS.items() if kind.family == "image")
