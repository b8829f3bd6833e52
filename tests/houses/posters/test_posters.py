"""Posters are looked at as a telephone does: drawn, and their codes read back."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pypdfium2  # type: ignore[import-untyped]  # has none
import pytest
import zxingcpp

from channels.contract import SendError
from channels.registry import channel_titles
from houses.posters import layout as posters
from houses.posters.deep_link import read, start_payload
from houses.posters.layout import Code, Poster, Words, layout
from houses.posters.printer import NoLink, Printer

URLS = {
    "max": "https://max.example/domovoy_bot?start=house-12-3",
    "telegram": "https://t.me/domovoy_bot?start=house-12-3",
    "vk": "https://vk.example/club12345?ref=house-12-3",
    "web": "https://chat.uk-uyut.example/?start=house-12-3",
}


def poster(codes: int = 2, **changes: object) -> Poster:
    values: dict[str, object] = {
        "company": "УК «Уют»",
        "phone": "+7 8422 22-22-22",
        "address": "ул. Садовая, д. 5",
        "entrance": 3,
        "codes": tuple(Code(title=channel_titles()[name], url=url) for name, url in list(URLS.items())[:codes]),
    }
    return Poster(**(values | changes))  # type: ignore[arg-type]  # by name


def words_of(page: Poster) -> list[Words]:
    return [shape for shape in layout(page) if isinstance(shape, Words)]


@pytest.mark.parametrize("codes", [1, 2, 3, 4])
def test_codes_of_a_printed_poster_are_read_back(codes: int) -> None:
    document = pypdfium2.PdfDocument(posters.pdf([poster(codes)]))
    try:
        picture = document[0].render(scale=2).to_pil()  # 144 dpi: a poor printer
    finally:
        document.close()
    links = [barcode.text for barcode in zxingcpp.read_barcodes(picture)]
    assert sorted(links) == sorted(list(URLS.values())[:codes])


def test_words_of_a_printed_poster_can_be_searched() -> None:
    document = pypdfium2.PdfDocument(posters.pdf([poster(), poster(entrance=0)]))
    try:
        assert len(document) == 2
        page = document[0].get_textpage()
        text = page.get_text_range()
        page.close()
    finally:
        document.close()
    for words in ("УК «Уют»", "ул. Садовая, д. 5, подъезд 3", "+7 8422 22-22-22", "MAX", "Telegram", "112"):
        assert words in text.replace("\u00a0", " ")


def test_svg_is_well_formed_whatever_the_company_is_called() -> None:
    root = ET.fromstring(posters.svg(poster(company='УК <script> & "К°"')))  # noqa: S314  # our own
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert 'УК <script> & "К°"' in texts
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.parametrize("address", ["ул. Садовая, д. 5", "Проспект имени академика Сахарова " * 4])
@pytest.mark.parametrize("company", ["УК", "Управляющая компания «Уютный дом на набережной великой реки» " * 3])
def test_nothing_runs_over_the_edge_or_over_something_else(address: str, company: str) -> None:
    lines = sorted(words_of(poster(4, address=address, company=company)), key=lambda line: line.y)
    for line in lines:
        half = posters._width(line.text, line.points) / 2
        assert line.x - half >= 0, line.text
        assert line.x + half <= posters.WIDTH, line.text
    middle = [line for line in lines if line.x == posters.WIDTH / 2]
    assert all(below.y - above.y >= below.points * posters.POINT * 0.9 for above, below in pairwise(middle))


@pytest.mark.parametrize("codes", [0, 5])
def test_poster_has_one_to_four_codes(codes: int) -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        layout(replace(poster(), codes=(poster().codes * 3)[:codes]))


def test_marks_are_read_back() -> None:
    assert [read(start_payload(12)), read(start_payload(12, 3)), read("house-0"), read("x")] == [
        (12, ""),
        (12, "3"),
        (0, ""),
        (0, ""),
    ]


class Opens:
    """A channel with links, or with none."""

    def __init__(self, name: str, code: str = "") -> None:
        self._name, self._code = name, code

    async def link(self, payload: str) -> str:
        if self._code:
            raise SendError(self._code, retryable=False)
        return f"https://{self._name}.example/?start={payload}"


def printer(**codes: str) -> Printer:
    return Printer(company="УК", phone="112", channels={name: Opens(name, code) for name, code in codes.items()})


async def test_house_gets_a_poster_and_each_of_its_entrances_one() -> None:
    pages = await printer(web="", max="").posters(5, "Садовая, 5", json.dumps({"entrances": 2}))
    assert [page.entrance for page in pages] == [0, 1, 2]
    assert [code.url for code in pages[2].codes] == [
        "https://max.example/?start=house-5-2",
        "https://web.example/?start=house-5-2",
    ]


@pytest.mark.parametrize("details", ["", "{}", '{"entrances": 1}', '{"entrances": "x"}', "[]", "no json"])
async def test_house_whose_entrances_are_unknown_gets_one_poster(details: str) -> None:
    assert [page.entrance for page in await printer(web="").posters(5, "Садовая, 5", details)] == [0]


async def test_channel_without_an_address_is_left_out_unless_it_was_named() -> None:
    maker = printer(web="", telegram="network")
    (page,) = await maker.posters(5, "Садовая, 5", "")
    assert [code.title for code in page.codes] == ["Чат на сайте"]
    with pytest.raises(NoLink, match="telegram: нет адреса"):
        await maker.posters(5, "Садовая, 5", "", ["web", "telegram"])
    with pytest.raises(NoLink, match=r"server\.public_url"):
        await printer(web="rejected").posters(5, "Садовая, 5", "")
