"""Figures in a PDF: matplotlib draws straight onto the page, so lines stay lines and letters stay letters."""

from typing import Any

import matplotlib.path as paths
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from reportlab.platypus import Flowable

from core.report.document import Figure
from core.report.figures.drawing import drawn, settled

CAPS = {"butt": 0, "round": 1, "projecting": 2}
JOINS = {"miter": 0, "round": 1, "bevel": 2}


class FigureFlowable(Flowable):
    """A figure as a block of text flow."""

    def __init__(self, figure: Figure, *, font: str, widest: float) -> None:
        super().__init__()
        with settled():
            self._drawn = drawn(figure.plot)
            self._drawn.set_dpi(72)
        width, height = (72 * float(side) for side in self._drawn.get_size_inches())
        self._scale = min(1.0, widest / width)
        self._size = width, height
        self._font = font

    def wrap(self, aW: Any, aH: Any) -> tuple[float, float]:
        """Points; the same whatever room there is."""
        del aW, aH
        return self._size[0] * self._scale, self._size[1] * self._scale

    def draw(self) -> None:
        """On the page, at the place the text flow chose."""
        page: Any = self.canv  # pyright: ignore[reportAttributeAccessIssue]
        page.saveState()
        page.scale(self._scale, self._scale)
        with settled():
            self._drawn.draw(PageRenderer(page, size=self._size, font=self._font))
        page.restoreState()


class PageRenderer(RendererBase):
    """Draws on a reportlab canvas, whose unit is the point and whose origin is at the bottom left."""

    def __init__(self, page: Any, *, size: tuple[float, float], font: str) -> None:
        super().__init__()
        self._page = page
        self._size = size
        self._font = font

    def flipy(self) -> bool:
        """The origin is at the bottom."""
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Points."""
        return self._size

    def points_to_pixels(self, points: Any) -> Any:
        """A point is the unit."""
        return points

    def draw_path(self, gc: GraphicsContextBase, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """One path, filled, stroked or both."""
        self._page.saveState()
        self._clip(gc)
        stroke = gc.get_linewidth() > 0
        if stroke:
            self._stroke(gc)
        if rgbFace is not None:
            alpha = gc.get_alpha() if gc.get_forced_alpha() or len(rgbFace) == 3 else rgbFace[3]
            self._page.setFillColorRGB(*map(float, rgbFace[:3]), alpha=float(alpha))
        traced = _traced(self._page.beginPath(), path, transform)
        self._page.drawPath(traced, stroke=int(stroke), fill=int(rgbFace is not None))
        self._page.restoreState()

    def draw_text(
        self, gc: Any, x: Any, y: Any, s: str, prop: Any, angle: Any, ismath: Any = False, mtext: Any = None
    ) -> None:
        """One line of text, as text."""
        del ismath, mtext
        self._page.saveState()
        self._page.translate(float(x), float(y))
        self._page.rotate(float(angle))
        bold = prop.get_weight() in ("bold", 700)
        self._page.setFont(self._font + ("-Bold" if bold else ""), float(prop.get_size_in_points()))
        self._page.setFillColorRGB(*map(float, gc.get_rgb()[:3]))
        self._page.drawString(0, 0, s)
        self._page.restoreState()

    def _stroke(self, gc: GraphicsContextBase) -> None:
        colour = gc.get_rgb()
        alpha = gc.get_alpha() if gc.get_forced_alpha() or len(colour) == 3 else colour[3]
        self._page.setStrokeColorRGB(*map(float, colour[:3]), alpha=float(alpha))
        self._page.setLineWidth(float(gc.get_linewidth()))
        self._page.setLineCap(CAPS[gc.get_capstyle()])
        self._page.setLineJoin(JOINS[gc.get_joinstyle()])
        dash: Any = gc.get_dashes()
        offset, dashes = dash
        if dashes is not None:
            self._page.setDash([float(length) for length in dashes], float(offset or 0))

    def _clip(self, gc: GraphicsContextBase) -> None:
        box = gc.get_clip_rectangle()
        if box is None:
            return
        path = self._page.beginPath()
        path.rect(*map(float, box.bounds))
        self._page.clipPath(path, stroke=0, fill=0)


def _traced(onto: Any, path: Any, transform: Any) -> Any:
    """The path on reportlab's own path; a quadratic curve is written as the cubic that it equals."""
    here = (0.0, 0.0)
    segments: Any = path.iter_segments(transform, simplify=False)
    for points, code in segments:
        places = [float(value) for value in points]
        if code == paths.Path.CLOSEPOLY:
            onto.close()
            continue
        if code == paths.Path.MOVETO:
            onto.moveTo(*places)
        elif code == paths.Path.LINETO:
            onto.lineTo(*places)
        elif code == paths.Path.CURVE3:
            onto.curveTo(*_cubic(here, places))
        else:
            onto.curveTo(*places)
        here = (places[-2], places[-1])
    return onto


def _cubic(start: tuple[float, float], quadratic: list[float]) -> list[float]:
    x, y, end_x, end_y = quadratic
    return [
        start[0] + 2 / 3 * (x - start[0]),
        start[1] + 2 / 3 * (y - start[1]),
        end_x + 2 / 3 * (x - end_x),
        end_y + 2 / 3 * (y - end_y),
        end_x,
        end_y,
    ]
