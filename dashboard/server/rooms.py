"""Style that keeps the room of the Cohort page's charts until they are there, so that nothing below them jumps.

How high they are depends on how many there are and on how wide the window is; the page says the one as a class
(`st-key-room-9`), and style sheets know the other.
"""

from collections.abc import Iterator

WINDOWS_PX = range(320, 4000, 10)
MOST = 20
"""Charts."""
BOX_REM, GAP_REM, HEIGHT_REM = 17.5, 0.9, 12.6
"""Least width of a chart, the gap between two, and height: `front/panels.css`."""
BESIDE_PX, MARGINS_REM, SCROLLBAR_PX = 230, 5.0, 15
REM_PX = {0: 15.0, 2400: 17.5, 3200: 20.0}
"""By the least width of the window: `front/style.css`."""


def style() -> str:
    """One rule for each number of rows, wherever another number of charts stands side by side."""
    before = 0
    rules: list[str] = []
    for window in WINDOWS_PX:
        columns = beside(window)
        if columns != before:
            rules.append(f"@media (min-width: {window}px) {{ {' '.join(_heights(columns))} }}")
            before = columns
    return "\n".join(rules)


def beside(window_px: int) -> int:
    """How many charts stand side by side in a window of this width."""
    rem = max((least, rem) for least, rem in REM_PX.items() if window_px >= least)[1]
    width = window_px - BESIDE_PX - SCROLLBAR_PX - MARGINS_REM * rem
    return max(1, int((width / rem + GAP_REM) // (BOX_REM + GAP_REM)))


def _heights(columns: int) -> Iterator[str]:
    for first in range(1, MOST + 1, columns):
        rows = -(-first // columns)
        named = ", ".join(f".st-key-room-{count}" for count in range(first, min(first + columns, MOST + 1)))
        height = rows * HEIGHT_REM + (rows - 1) * GAP_REM
        yield f"body:not(.has-panels) :is({named}) {{ min-height: {height:.1f}rem; }}"
