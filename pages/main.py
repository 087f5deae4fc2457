"""The script that Streamlit runs at every step: the frame, and in it one page."""

from pages.parts import frame

frame.run()
