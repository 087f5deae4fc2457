"""Why something is back where it was: what a board and an agenda say beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.parts.browser import turn
from services.platform.i18n import Message


def refuse(key: str, id: int, messages: Sequence[Message]) -> None:
    """Say with the next drawing of the component what stands against what was done with a record; no messages: nothing."""
    if messages:
        st.session_state[f"{key}:refused"] = {"n": turn(key), "id": id, "text": " ".join(map(str, messages))}


@contextmanager
def refusal(key: str) -> Iterator[dict[str, Any] | None]:
    """What has to be said in the drawing within: `n` tells one refusal from the next. A drawing that breaks off has not said it."""
    yield st.session_state.get(f"{key}:refused")
    st.session_state.pop(f"{key}:refused", None)
