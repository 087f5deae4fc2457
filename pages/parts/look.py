"""The few styles that Streamlit's theme has no word for: the bar in the header row, the width of the page, large type."""

import streamlit as st

_STYLE = """<style>
/* The bar takes the header's row and stays there. */
.stMain:has(.st-key-bar) .stMainBlockContainer { padding: 0 2rem 2rem; }
.st-key-bar {
  position: sticky; top: 0; z-index: 99; min-height: 3.5rem; margin: 0 -2rem; padding: 0 2rem; width: calc(100% + 4rem) !important; max-width: none; flex-wrap: nowrap;
  background: var(--st-background-color, inherit); backdrop-filter: blur(8px);
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent);
}
.stAppHeader { background: transparent; pointer-events: none; min-height: 3.5rem; height: 3.5rem; }
.stAppHeader button { pointer-events: auto; }
.stApp:has(.stSidebar[data-collapsed="true"]) .st-key-bar { padding-left: 4rem; }
.stApp:has(.stSidebar[data-collapsed="false"]) .bar-centre, .stApp:has(.stSidebar[data-collapsed="false"]) .bar-centre + span::before { display: none; }
.st-key-bar p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bar-where { display: flex; align-items: baseline; overflow: hidden; white-space: nowrap; }
.bar-where span { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
.bar-where span:not(:first-child)::before { content: "›"; margin: 0 0.5rem; opacity: 0.5; font-weight: 400; }
.bar-centre, .bar-area { opacity: 0.7; }
.bar-title { font-weight: 600; flex-shrink: 0 !important; max-width: 100%; }
.st-key-bar-help p, .st-key-bar-notices p { display: none; }
/* Words in plain HTML. */
.lines-cards { columns: 21rem 3; column-gap: 0.8rem; }
.lines { break-inside: avoid; margin-bottom: 0.8rem; padding: 0.8rem 1rem; border: 1px solid color-mix(in srgb, currentColor 16%, transparent); border-radius: 8px; }
.lines-head { display: flex; align-items: center; gap: 0.5rem; font-size: 1rem; font-weight: 600; margin: 0 0 0.35rem; padding: 0; }
.lines-icon { font-family: "Material Symbols Rounded"; font-size: 1.2rem; line-height: 1; width: 1.2rem; overflow: hidden; flex: none; opacity: 0.7; }
.line { display: flex; align-items: center; gap: 0.7rem; padding: 0.4rem 0.5rem; margin: 0 -0.5rem; border-radius: 6px; color: inherit !important; text-decoration: none !important; }
.line:hover, .line:focus-visible { background: color-mix(in srgb, currentColor 7%, transparent); }
.lines-text { display: flex; flex-direction: column; min-width: 0; flex: 1; }
.lines-title, .lines-second { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lines-second { font-size: 0.85rem; opacity: 0.7; }
.lines-end { flex: none; font-size: 0.85rem; font-weight: 600; padding: 0.1rem 0.55rem; border-radius: 999px; font-variant-numeric: tabular-nums; }
.lines-blue { color: var(--centre-blue); background: color-mix(in srgb, currentColor 13%, transparent); }
.lines-red { color: var(--centre-red); background: color-mix(in srgb, currentColor 13%, transparent); }
.lines-orange { color: var(--centre-orange); background: color-mix(in srgb, currentColor 13%, transparent); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0.8rem; }
.card { position: relative; border: 1px solid color-mix(in srgb, currentColor 16%, transparent); border-radius: 8px; }
.card:hover { border-color: color-mix(in srgb, currentColor 40%, transparent); }
.card-main { display: block; height: 100%; box-sizing: border-box; padding: 0.8rem 1rem; color: inherit !important; text-decoration: none !important; }
.card-head { display: flex; align-items: center; gap: 0.6rem; font-weight: 600; margin-right: 2rem; }
.card-count { opacity: 0.6; font-weight: 400; font-variant-numeric: tabular-nums; }
.card-help { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; margin-top: 0.4rem; font-size: 0.87rem; opacity: 0.75; }
.card-add { position: absolute; top: 0.55rem; right: 0.6rem; padding: 0.25rem; width: 1.3rem !important; border-radius: 6px; color: inherit !important; text-decoration: none !important; }
.card-add:hover { background: color-mix(in srgb, currentColor 12%, transparent); opacity: 1; }
:root { --centre-blue: light-dark(#0f5596, #8cc6f7); --centre-red: light-dark(#a82720, #ff9d96); --centre-orange: light-dark(#8f4700, #f5b06f); }
kbd { font: 500 0.8rem/1.4 var(--st-code-font, monospace); padding: 0.1rem 0.4rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 4px; }
.shortcuts { border-collapse: collapse; width: 100%; }
.shortcuts td { padding: 0.25rem 0; } .shortcuts td:first-child { width: 8rem; white-space: nowrap; }
.about-standard { border-collapse: collapse; width: 100%; }
.about-standard th, .about-standard td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.about-standard th { width: 2.5rem; font-weight: 600; opacity: 0.7; } .about-standard td:nth-child(2) { width: 34%; }
.about-chip { display: inline-block; margin: 0 0.3rem 0.25rem 0; padding: 0.05rem 0.55rem; border-radius: 999px; color: inherit !important; text-decoration: none; background: color-mix(in srgb, currentColor 9%, transparent); }
.about-chip:hover { background: color-mix(in srgb, currentColor 18%, transparent); }
.about-closed, .about-none { opacity: 0.55; }
.st-key-bar-keys { display: none; }
.st-key-signin { margin-top: max(0.5rem, 10vh); }
/* The centre's name stands in the header row of the sidebar. */
.st-key-menu { margin-top: -4.5rem; }
@media (max-width: 640px) {
  .st-key-signin { margin-top: 0; }
  .stMain:has(.st-key-bar) .stMainBlockContainer { padding: 0 1rem 1.5rem; }
  .st-key-bar { margin: 0 -1rem; padding: 0 0.5rem 0 1rem; width: calc(100% + 2rem) !important; gap: 0; }
  .bar-centre, .bar-area, .bar-centre + span::before, .bar-area + span::before { display: none !important; }
  .st-key-bar :is(button p, button kbd) { display: none; }
  .st-key-bar button { min-width: 2.5rem; border: none; padding-inline: 0.4rem; }
  .st-key-bar-notices-new button p { display: block; }
}
</style>"""
_LARGE = "<style>html { font-size: 118.75%; }</style>"


def apply(large: bool) -> None:
    """Put the styles into the page. Large type scales everything, since all sizes follow the root's."""
    st.html(_STYLE + _LARGE if large else _STYLE)
