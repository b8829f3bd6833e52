"""Posters for the entrances of a house: what the bot is, a QR code for each channel, the emergency phone. A4.

Pure: a poster is laid out once, in millimetres, and drawn as SVG or PDF.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import segno
from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
WIDTH, HEIGHT = 210.0, 297.0  # A4
MARGIN = 18.0
CODES_TOP, CODES_BOTTOM = 99.0, 244.0
NAME = 10.0  # below a code
GREEN, BLACK, WHITE, GREY = "#0b6358", "#111111", "#ffffff", "#555555"
POINT = 25.4 / 72  # millimetres
MOST_CODES = 4
QUIET = 4  # modules of white around a code; scanners want them
SIZES = {1: 120.0, 2: 92.0, 3: 62.0, 4: 62.0}  # of a code with its white, by their number


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    title: str  # of the channel
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    company: str
    phone: str  # of the emergency service; may be empty
    address: str
    entrance: int = 0  # 0: of the whole house
    codes: tuple[Code, ...]  # 1..`MOST_CODES`


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line; `x` is its middle, `y` its base line."""

    x: float
    y: float
    text: str
    points: float
    bold: bool = False
    colour: str = BLACK


Shape = Box | Words


def layout(poster: Poster) -> list[Shape]:
    """Place everything, from the top down.

    Raises:
        ValueError: there is no code, or more than `MOST_CODES`.
    """
    if not 1 <= len(poster.codes) <= MOST_CODES:
        raise ValueError(f"a poster has 1 to {MOST_CODES} codes")
    shapes: list[Shape] = [Box(x=0, y=0, width=WIDTH, height=46, colour=GREEN)]
    shapes += _block(poster.company, (26, 21, 17, 14), top=8, height=21, colour=WHITE)
    shapes.append(Words(x=WIDTH / 2, y=39, text="Горячая линия вашего дома", points=17, colour=WHITE))
    where = f"{poster.address}, подъезд {poster.entrance}" if poster.entrance else poster.address
    shapes += _block(where, (22, 18, 15), top=50, height=19)
    shapes += _column(["Сломался лифт, течёт труба, темно в подъезде?"], 18, top=72)
    told = ["Наведите камеру телефона на код и напишите нам.", "Бот примет заявку и сообщит о каждом шаге."]
    shapes += _column(told, 15, top=82)
    shapes += _codes(poster.codes, CODES_TOP, CODES_BOTTOM)
    return [*shapes, *_foot(poster.phone)]


def _codes(codes: Sequence[Code], top: float, bottom: float) -> list[Shape]:
    """One or two codes side by side, three or four in two rows, with their names below; in the middle of the space."""
    size = SIZES[len(codes)]
    rows = [codes] if len(codes) <= 2 else [codes[:2], codes[2:]]
    shapes: list[Shape] = []
    top += max(0.0, (bottom - top - len(rows) * (size + NAME)) / 2)
    for row in rows:
        gap = (WIDTH - size * len(row)) / (len(row) + 1)
        for place, code in enumerate(row):
            left = gap + place * (size + gap)
            shapes += _modules(code.url, left, top, size)
            shapes.append(Words(x=left + size / 2, y=top + size + 4, text=code.title, points=17, bold=True))
        top += size + NAME
    return shapes


def _modules(url: str, left: float, top: float, size: float) -> list[Shape]:
    """The dark modules of a code, those side by side as one box."""
    matrix = segno.make(url, micro=False, error="m").matrix
    step = size / (len(matrix) + 2 * QUIET)
    shapes: list[Shape] = []
    for row, line in enumerate(matrix):
        start = None
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                x, y = left + (QUIET + start) * step, top + (QUIET + row) * step
                shapes.append(Box(x=x, y=y, width=(column - start) * step, height=step * 1.02, colour=BLACK))
                start = None
    return shapes


def _foot(phone: str) -> list[Shape]:
    shapes: list[Shape] = [Box(x=0, y=246, width=WIDTH, height=0.6, colour=GREEN)]
    if phone:
        shapes += _column(["Авария? Звоните круглосуточно:"], 14, top=250)
        shapes += _column([phone], 28, top=259, bold=True)
    shapes += _column(["Угроза жизни — 112. Запах газа — 104."], 14, top=273, bold=True)
    shapes += _column(["Живого диспетчера можно позвать в чате в любой момент."], 11, top=282, colour=GREY)
    return shapes


def _column(lines: Sequence[str], points: float, *, top: float, bold: bool = False, colour: str = BLACK) -> list[Shape]:
    step = points * POINT * 1.27
    first = top + points * POINT * 0.76
    return [
        Words(x=WIDTH / 2, y=first + step * place, text=line, points=points, bold=bold, colour=colour)
        for place, line in enumerate(lines)
    ]


def _block(text: str, sizes: Sequence[float], *, top: float, height: float, colour: str = BLACK) -> list[Shape]:
    """One or two bold lines in the largest size that takes the whole text, in the middle of the height."""
    points = next((size for size in sizes if len(_broken(text, size)) <= 2), sizes[-1])
    lines = _broken(text, points)
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    room = height - len(lines) * points * POINT * 1.27
    return _column([_cut(line, points) for line in lines], points, top=top + room / 2, bold=True, colour=colour)


def _broken(text: str, points: float) -> list[str]:
    """Break a bold text between words into lines of the page's width."""
    lines: list[str] = []
    for word in text.replace(". ", ".\u00a0").split(" "):  # "корп. 1" stays together
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, points) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, points: float) -> str:
    if _width(line, points) <= WIDTH - 2 * MARGIN:
        return line
    while line and _width(f"{line}…", points) > WIDTH - 2 * MARGIN:
        line = line[:-1]
    return f"{line.rstrip()}…"


@cache
def _ruler() -> FPDF:
    return _document()


def _width(text: str, points: float) -> float:
    ruler = _ruler()
    ruler.set_font("poster", style="B", size=points)
    return float(ruler.get_string_width(text))


# --- drawing -------------------------------------------------------------------------------------------------------


def svg(poster: Poster) -> str:
    """Return the poster as a document of its own."""
    drawn = "".join(_as_svg(shape) for shape in layout(poster))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm"'
        f' viewBox="0 0 {WIDTH:g} {HEIGHT:g}" font-family="DejaVu Sans, Verdana, Arial, sans-serif">'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="{WHITE}"/>{drawn}</svg>'
    )


def _as_svg(shape: Shape) -> str:
    if isinstance(shape, Box):
        size = f'width="{shape.width:.3f}" height="{shape.height:.3f}"'
        return f'<rect x="{shape.x:.3f}" y="{shape.y:.3f}" {size} fill="{shape.colour}"/>'
    weight = ' font-weight="bold"' if shape.bold else ""
    size = f'font-size="{shape.points * POINT:.3f}"'
    place = f'x="{shape.x:.3f}" y="{shape.y:.3f}" text-anchor="middle"'
    return f'<text {place} {size}{weight} fill="{shape.colour}">{escape(shape.text)}</text>'


def pdf(posters: Iterable[Poster]) -> bytes:
    """Return one page for each poster."""
    document = _document()
    for poster in posters:
        document.add_page()
        for shape in layout(poster):
            _draw(document, shape)
    return bytes(document.output())


def _document() -> FPDF:
    document = FPDF(unit="mm", format="A4")
    document.set_auto_page_break(False)
    document.add_font("poster", fname=FONTS / "DejaVuSans-Regular.ttf")
    document.add_font("poster", style="B", fname=FONTS / "DejaVuSans-Bold.ttf")
    return document


def _draw(document: FPDF, shape: Shape) -> None:
    red, green, blue = (int(shape.colour[place : place + 2], 16) for place in (1, 3, 5))
    if isinstance(shape, Box):
        document.set_fill_color(red, green, blue)
        document.rect(shape.x, shape.y, shape.width, shape.height, style="F")
        return
    document.set_font("poster", style="B" if shape.bold else "", size=shape.points)
    document.set_text_color(red, green, blue)
    document.text(shape.x - document.get_string_width(shape.text) / 2, shape.y, shape.text)
