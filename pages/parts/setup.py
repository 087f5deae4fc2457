"""The page that an empty installation begins with."""

import logging
from functools import cache

import streamlit as st

from models.fields import today
from pages.parts import session
from seed import reference
from seed.world import World
from services import setup
from services.crud.access import Forbidden
from services.crud.errors import Invalid
from services.platform.db import writing
from services.platform.i18n import _

_FIELDS = ("code", "centre", "name", "username", "password")
_WRONG = "setup-wrong"


def show() -> None:
    """Ask for the centre and for its first account."""
    _tell_code()
    wrong: dict[str, str] = st.session_state.pop(_WRONG, {})
    with st.container(key="signin", horizontal_alignment="center"), st.container(width=480):
        st.markdown("# :primary[:material/home_work:] " + _("Set up your centre"), text_alignment="center")
        st.caption(
            _("There is nothing here yet. These few particulars begin it; everything else can be added later."), text_alignment="center"
        )
        with st.form("setup-form"):
            titles = {
                "code": _("Set-up code"),
                "centre": _("Name of the centre"),
                "name": _("Your name"),
                "username": _("Sign-in name"),
                "password": _("Password"),
            }
            for field in _FIELDS:
                st.text_input(
                    titles[field], key=f"setup-{field}", type="password" if field == "password" else "default", max_chars=120,
                    help=_("It stands in the log of the server, where the product was started.") if field == "code" else None,
                    autocomplete={"username": "username", "password": "new-password"}.get(field, "off"),
                )  # fmt: skip
                if field in wrong:
                    st.caption(f":red[{wrong[field]}]")
            st.form_submit_button(_("Start using it"), type="primary", width="stretch", on_click=_begin)


@cache
def _tell_code() -> None:
    """Write the set-up code into the log, once."""
    logging.getLogger("centre").warning("set-up code of this empty installation: %s", setup.code())


def _begin() -> None:
    given = {field: str(st.session_state[f"setup-{field}"]) for field in _FIELDS}
    try:
        with writing() as db:
            centre = setup.establish(db, given["code"], given["centre"], given["name"], given["username"], given["password"])
            reference.make(World(db, centre, today()))
    except Forbidden as error:
        st.session_state[_WRONG] = {"code": str(error)}
    except Invalid as error:
        st.session_state[_WRONG] = {field: str(messages[0]) for field, messages in error.errors.items()}
    else:
        session.sign_in(given["username"], given["password"])
