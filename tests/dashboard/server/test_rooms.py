"""Room kept for the Cohort page's charts."""

import re
from pathlib import Path

from dashboard.server import front_files, rooms


def test_a_wider_window_never_holds_fewer_charts_side_by_side_but_where_letters_grow():
    counts = [rooms.beside(window) for window in rooms.WINDOWS_PX]
    falls = [rooms.WINDOWS_PX[place] for place in range(1, len(counts)) if counts[place] < counts[place - 1]]
    assert set(falls) <= set(rooms.REM_PX) and counts[0] == 1 and max(counts) >= 9


def test_the_measures_are_those_of_the_style_sheets():
    panels, style = (Path(front_files.FOLDER / name).read_text() for name in ("panels.css", "style.css"))
    assert f"minmax({rooms.BOX_REM}rem, 1fr)); gap: {rooms.GAP_REM}rem" in panels
    assert f"height: {rooms.HEIGHT_REM}rem" in panels
    for least, rem in list(rooms.REM_PX.items())[1:]:
        assert re.search(rf"min-width: {least}px\) {{{{ html:root {{{{ font-size: {rem:g}px".replace("{{", "{"), style)


def test_only_the_page_with_the_charts_is_sent_it():
    assert ".st-key-room-9" in front_files.opening("") and ".st-key-room-" not in front_files.opening("models")
