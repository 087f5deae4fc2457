"""The frame around every page: who is signed in, the menu, the bar at the top; and what is shown when something breaks."""

from pathlib import Path

import streamlit as st

from pages.parts import address, bar, failure, look, menu, session, signin
from services.platform.db import DatabaseUnavailable

_ICON = Path(__file__).with_suffix(".svg").read_text(encoding="utf-8")


def run() -> None:
    """One step: sign-in, or a page in its frame."""
    st.set_page_config(page_icon=_ICON, layout="wide")
    slot = st.empty()
    try:
        _step()
    except DatabaseUnavailable as error:
        failure.hold(slot, error)


def _step() -> None:
    person = session.resume()
    if person is None:
        look.apply(large=False)
        page = menu.locked(signin.show)
    else:
        look.apply(large=person.large_type)
        page = menu.navigate(person.actor)
        path = page.url_path or menu.PAGES[0].path
        area, title = menu.plan(person.actor).titles.get(path, ("", page.title))
        address.keep_steps()
        menu.draw(person, path)
        bar.draw(person, area, title, path)
        failure.say()
    page.run()
    session.settle_cookie()
