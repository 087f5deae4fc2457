"""What is being typed into a form is taken over at each pause, not only when the field is left."""

from pages.parts.browser import component

_component = component(__file__)


def commit() -> None:
    """Do so while this is drawn. Shows nothing."""
    _component(key="pause")
