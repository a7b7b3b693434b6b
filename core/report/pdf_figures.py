"""Figures in a PDF: matplotlib draws straight onto the page, so lines stay lines and letters stay letters."""

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.path as paths
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from reportlab.platypus import Flowable

from core.report.document import Figure
from core.report.figures.drawing import drawn, settled

CAPS = {"butt": 0, "round": 1, "projecting": 2}
JOINS = {"miter": 0, "round": 1, "bevel": 2}
STEPS = {
    int(paths.Path.MOVETO): "moveTo",
    int(paths.Path.LINETO): "lineTo",
    int(paths.Path.CURVE3): "curveTo",
    int(paths.Path.CURVE4): "curveTo",
    int(paths.Path.CLOSEPOLY): "close",
}


class FigureFlowable(Flowable):
    """A figure as a block of text flow; drawn once, since pages are made several times until their numbers hold."""

    def __init__(self, figure: Figure, *, font: str, widest: float) -> None:
        super().__init__()
        with settled():
            made = drawn(figure.plot)
            made.set_dpi(72)
            width, height = (72 * float(side) for side in made.get_size_inches())
            recorder = Recorder(size=(width, height), font=font)
            made.draw(recorder)
        self._marks = recorder.marks
        self._scale = min(1.0, widest / width)
        self._size = width, height

    def wrap(self, aW: Any, aH: Any) -> tuple[float, float]:
        """Points; the same whatever room there is."""
        del aW, aH
        return self._size[0] * self._scale, self._size[1] * self._scale

    def draw(self) -> None:
        """On the page, at the place the text flow chose."""
        page: Any = self.canv  # pyright: ignore[reportAttributeAccessIssue]
        page.saveState()
        page.scale(self._scale, self._scale)
        for mark in self._marks:
            page.saveState()
            mark(page)
            page.restoreState()
        page.restoreState()


Mark = Callable[[Any], None]
"""What draws one path or one line of text on a reportlab canvas, unit point, origin at the bottom left."""


class Recorder(RendererBase):
    """Takes down what matplotlib draws."""

    def __init__(self, *, size: tuple[float, float], font: str) -> None:
        super().__init__()
        self.marks: list[Mark] = []
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
        settings = (_clip(gc), _stroke(gc), _fill(gc, rgbFace))
        segments = list(_cubics(path, transform))
        stroked, filled = int(gc.get_linewidth() > 0), int(rgbFace is not None)

        def mark(page: Any) -> None:
            for setting in settings:
                setting(page)
            traced = page.beginPath()
            for name, places in segments:
                getattr(traced, name)(*places)
            page.drawPath(traced, stroke=stroked, fill=filled)

        self.marks.append(mark)

    def draw_text(
        self, gc: Any, x: Any, y: Any, s: str, prop: Any, angle: Any, ismath: Any = False, mtext: Any = None
    ) -> None:
        """One line of text, as text."""
        del ismath, mtext
        font = self._font + ("-Bold" if prop.get_weight() in ("bold", 700) else "")
        place, turn, size = (float(x), float(y)), float(angle), float(prop.get_size_in_points())
        colour = tuple(map(float, gc.get_rgb()[:3]))

        def mark(page: Any) -> None:
            page.translate(*place)
            page.rotate(turn)
            page.setFont(font, size)
            page.setFillColorRGB(*colour)
            page.drawString(0, 0, s)

        self.marks.append(mark)


def _nothing(page: Any) -> None:
    del page


def _stroke(gc: GraphicsContextBase) -> Mark:
    colour, alpha = _colour(gc, gc.get_rgb())
    width, cap, join = float(gc.get_linewidth()), CAPS[gc.get_capstyle()], JOINS[gc.get_joinstyle()]
    dash: Any = gc.get_dashes()
    offset, dashes = float(dash[0] or 0), [float(length) for length in dash[1] or ()]

    def mark(page: Any) -> None:
        page.setStrokeColorRGB(*colour, alpha=alpha)
        page.setLineWidth(width)
        page.setLineCap(cap)
        page.setLineJoin(join)
        if dashes:
            page.setDash(dashes, offset)

    return mark


def _fill(gc: GraphicsContextBase, face: Any) -> Mark:
    if face is None:
        return _nothing
    colour, alpha = _colour(gc, face)
    return lambda page: page.setFillColorRGB(*colour, alpha=alpha)


def _colour(gc: GraphicsContextBase, colour: Any) -> tuple[tuple[float, ...], float]:
    """Red, green and blue, and how opaque."""
    alpha = gc.get_alpha() if gc.get_forced_alpha() or len(colour) == 3 else colour[3]
    return tuple(map(float, colour[:3])), float(alpha)


def _clip(gc: GraphicsContextBase) -> Mark:
    box = gc.get_clip_rectangle()
    if box is None:
        return _nothing
    bounds = tuple(map(float, box.bounds))

    def mark(page: Any) -> None:
        path = page.beginPath()
        path.rect(*bounds)
        page.clipPath(path, stroke=0, fill=0)

    return mark


def _cubics(path: Any, transform: Any) -> Iterator[tuple[str, list[float]]]:
    """Steps of reportlab's own path; a quadratic curve is written as the cubic that it equals."""
    here = (0.0, 0.0)
    segments: Any = path.iter_segments(transform, simplify=False)
    for points, code in segments:
        places = [float(value) for value in points]
        if code == paths.Path.CURVE3:
            places = _cubic(here, places)
        yield STEPS[int(code)], [] if code == paths.Path.CLOSEPOLY else places
        here = (places[-2], places[-1])


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
