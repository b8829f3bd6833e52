from __future__ import annotations

import io
import struct
import wave
import zipfile

import pytest
from PIL import Image

from bot.attachments.store import checked
from bot.messages import content_type
from channels.contract import PayloadError

DOCX = content_type.OOXML["word/document.xml"]
XLSX = content_type.OOXML["xl/workbook.xml"]


def picture(kind: str) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "brown").save(output, kind)
    return output.getvalue()


def office(*names: str, types: str = "<Types/>") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), types, zipfile.ZIP_DEFLATED)
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "<x/>")
    return output.getvalue()


def archive() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        made.writestr(zipfile.ZipInfo("word/document.xml"), "x")
    return output.getvalue()


def wav() -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 800)
    return output.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4(brand: bytes, *tracks: bytes, more: bytes = b"") -> bytes:
    handlers = b"".join(box(b"hdlr", b"\0" * 8 + track + b"\0" * 12) for track in tracks)
    return box(b"ftyp", brand + b"\0\0\2\0") + box(b"moov", handlers + more)


OPUS = b"OggS\0\2" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01" + b"\0" * 30
MP3 = (b"\xff\xfb\x90\x00" + b"\0" * 413) * 3  # 128 kbit/s, 44.1 kHz: 417 bytes a frame


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n1 0 obj", "application/pdf"),
        (office("word/document.xml"), DOCX),
        (office("xl/workbook.xml", "xl/printerSettings/printerSettings1.bin"), XLSX),
        ("Течёт кран.\r\nКв. 5".encode(), "text/plain"),
        ("\ufeffТечёт кран".encode(), "text/plain"),
        ("Течёт кран, «ёлки»".encode("cp1251"), "text/plain"),
        (b"2 < 3 & 4 > 1", "text/plain"),
        (OPUS, "audio/ogg"),
        (MP3, "audio/mpeg"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (wav(), "audio/wav"),
        (mp4(b"M4A ", b"soun"), "audio/mp4"),
        (mp4(b"isom", b"soun"), "audio/mp4"),
        (mp4(b"isom", b"soun", b"vide"), "video/mp4"),
        (mp4(b"qt  ", b"vide"), "video/quicktime"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_hotline_needs_is_told_by_its_content(data: bytes, mime: str) -> None:
    assert content_type.mime_of(data) == mime


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t",
        b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff",
        b"\x7fELF\2\1\1\0",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"#!/bin/sh\nrm -rf /",
        b"<!doctype html><script>alert(1)</script>",
        b"\n <HTML><body>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<svg/>",
        b"hello <script>alert(1)</script>",
        archive(),
        office("xl/workbook.xml", "xl/vbaProject.bin"),
        office("word/document.xml", "word/embeddings/oleObject1.bin"),
        office("word/document.xml", types="<Override ContentType='application/vnd.ms-word.document.macroEnabled'/>"),
        office("ppt/presentation.xml"),
        office("word/document.xml")[:60],
        b"PK\x03\x04" + b"\0" * 30,
        b"Rar!\x1a\x07\x01\0",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8b\x08\0",
        b"GIF89a\1\0\1\0",
        mp4(b"heic", b"pict"),
        mp4(b"isom", b"hint"),
        b"OggS\0\2" + b"\0" * 22 + b"\x80theora" + b"\0" * 40,
        b"\xff\xfb\x90\x00" + b"\x01" * 600,  # one frame and then noise
        b"\xff\xf1\x50\x80" + b"\0" * 600,  # AAC
        bytes(range(256)),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  # an old DOC: macros cannot be told
        b"{\\rtf1\x00}",
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        content_type.mime_of(data)


def test_a_document_damaged_inside_is_refused_not_raised() -> None:
    whole = office("word/document.xml", types=f"<Types>{DOCX * 20}</Types>")
    place = whole.index(b"[Content_Types].xml") + len("[Content_Types].xml")
    with pytest.raises(PayloadError):
        checked(whole[:place] + b"\xff" * 8 + whole[place + 8 :], "акт.docx")


@pytest.mark.parametrize(
    ("name", "mime", "title"),
    [
        ("счёт.pdf", "application/pdf", "счёт.pdf"),
        ("IMG_1234.JPEG", "image/jpeg", "IMG_1234.jpeg"),
        ("счёт.pdf.exe", "application/pdf", "счёт_pdf_exe.pdf"),
        ("install.bat", "text/plain", "install_bat.txt"),
        ("акт от 12.03.2025.docx", DOCX, "акт от 12.03.2025.docx"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\Анна\\акт.pdf", "application/pdf", "акт.pdf"),
        ("\u202efdp.exe", "application/pdf", "fdp_exe.pdf"),
        ("a\0b\r\nc\x1b[31m.pdf", "application/pdf", "ab c[31m.pdf"),
        ('x"; filename="y.html', "text/plain", "x_; filename=_y_html.txt"),
        ("...", "text/plain", ""),
        ("", "image/png", ""),
        ("я" * 300 + ".png", "image/png", "я" * 100 + ".png"),
        (".htaccess", "text/plain", "htaccess.txt"),
    ],
)
def test_name_is_one_line_whose_only_extension_tells_the_kind(name: str, mime: str, title: str) -> None:
    assert content_type.title_of(name, mime) == title


def test_place_where_a_film_was_taken_becomes_zeros() -> None:
    film = mp4(b"qt  ", b"vide", more=box(b"\xa9xyz", b"\0\x1b\x15\xc7+55.7512+037.6184+144.000/"))
    kept = checked(film, "дом.mov")
    assert b"55.75" not in kept.data
    assert b"+00.0000+000.0000+000.000/" in kept.data
    assert len(kept.data) == len(film)


def test_document_is_kept_as_it_came() -> None:
    data = b"%PDF-1.7\n%%EOF"
    kept = checked(data, "акт")
    assert (kept.data, kept.mime, kept.title) == (data, "application/pdf", "акт.pdf")
