"""People's text inside Streamlit's Markdown: shown as it is, never interpreted."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
_AFTERWARDS = re.compile(r":(?=[A-Za-z][\w/+-]*:|//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
"""Where icons (`:material/home:`), emoji (`:smile:`) and bare addresses are found in the text once it is parsed: escaped or not."""
_JOINER = "\u2060"
"""Takes no room, and nothing is found across it."""


def plain(text: object) -> str:
    """Escape everything that Markdown (and Streamlit's own directives) would interpret."""
    apart = _AFTERWARDS.sub(lambda found: found[0] + _JOINER, str(text))
    return _SPECIAL.sub(r"\\\1", apart).replace("\n", "  \n")
