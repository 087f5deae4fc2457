"""People's text inside Streamlit's Markdown: shown as it is, never interpreted."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")


def plain(text: object) -> str:
    """Escape everything that Markdown (and Streamlit's own directives) would interpret."""
    return _SPECIAL.sub(r"\\\1", str(text)).replace("\n", "  \n")
