"""The type of a file, by its content and never by its name; and a name for it that deceives nobody. Pure.

Only what a hotline needs is allowed. Everything else is refused: programs, scripts, archives, web pages, documents with
macros, and HEIC, which carries a place we cannot take out.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile

from channels.contract import PayloadError

OOXML = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    OOXML["word/document.xml"]: ("docx",),
    OOXML["xl/workbook.xml"]: ("xlsx",),
    "text/plain": ("txt", "log", "csv"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a", "mp4", "m4b"),
    "audio/wav": ("wav",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov",),
}
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
MOST_NAME = 100  # characters
MOST_ENTRIES = 5000  # files inside a document
MOST_LIST = 1_000_000  # bytes of a document's list of contents
BRANDS_OF_VIDEO = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"M4V "})
PHONES = frozenset({b"3gp4", b"3gp5", b"3gp6"})
# How a phone writes where a film was taken: ISO 6709, "+55.7512+037.6184+144.000/".
PLACE = re.compile(rb"[+-]\d{2}\.\d{2,6}[+-]\d{3}\.\d{2,6}(?:[+-]\d{1,5}(?:\.\d{1,6})?)?/")
CYRILLIC_SIGNS = "ЁёЂ«»№–—“”…".encode("cp1251")
MARKUP = re.compile(r"\s*(?:<[!?a-z]|#!)|.{0,2000}<(?:script|html|svg|body|iframe)\b", re.IGNORECASE | re.DOTALL)


def mime_of(data: bytes) -> str:
    """Return the MIME type of what is allowed.

    Raises:
        PayloadError: it is something else, or nothing.
    """
    for look in (_picture, _document, _sound, _film, _text):
        if mime := look(data):
            return mime
    raise PayloadError("this kind of file is not accepted")


def _picture(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def _document(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return _office(data) if data.startswith(b"PK\x03\x04") else ""


def _office(data: bytes) -> str:
    """Read the list of a DOCX or XLSX; one with macros or programs inside is none of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [entry.filename for entry in archive.infolist()]
            if len(names) > MOST_ENTRIES or "[Content_Types].xml" not in names or any(map(_is_active, names)):
                return ""
            with archive.open("[Content_Types].xml") as listed:
                types = listed.read(MOST_LIST)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return ""
    if b"macroEnabled" in types or b"vbaProject" in types:
        return ""
    return next((mime for part, mime in OOXML.items() if part in names), "")


def _is_active(name: str) -> bool:
    lower = name.lower()
    return "vbaproject" in lower or "activex" in lower or "/embeddings/" in lower


def _sound(data: bytes) -> str:
    if data.startswith(b"OggS"):
        return "audio/ogg" if any(mark in data[28:64] for mark in (b"OpusHead", b"\x01vorbis", b"Speex ")) else ""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    return "audio/mpeg" if data.startswith(b"ID3") or _is_mp3(data) else ""


RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # kbit/s, MPEG 1 layer III
LOW_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # MPEG 2
HERTZ = (44100, 48000, 32000)


def _is_mp3(data: bytes) -> bool:
    """Say whether two frames of layer III follow each other at the start."""
    length = _frame_bytes(data[:4])
    return bool(length and _frame_bytes(data[length : length + 4]))


def _frame_bytes(head: bytes) -> int:
    """Length of the frame that begins so; 0: it is none. Source: ISO 11172-3, 13818-3."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, hertz = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or hertz == 3:
        return 0
    kilobits = RATES[rate] if version == 3 else LOW_RATES[rate]
    samples, per_second = (144, HERTZ[hertz]) if version == 3 else (72, HERTZ[hertz] // (2 if version == 2 else 4))
    return samples * kilobits * 1000 // per_second + (head[2] >> 1 & 1)


def _film(data: bytes) -> str:
    """MP4 and its relatives; without a track of pictures it is a sound."""
    if data[4:8] != b"ftyp":
        return ""
    brand = data[8:12]
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if brand not in BRANDS_OF_VIDEO | PHONES | {b"qt  "}:
        return ""
    kinds = {data[place.end() + 8 : place.end() + 12] for place in re.finditer(b"hdlr", data)}
    if b"vide" not in kinds:
        return "audio/mp4" if b"soun" in kinds else ""
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _text(data: bytes) -> str:
    """Words in UTF-8 or Windows-1251 that no browser or shell would take for more."""
    if not data.strip() or any(byte < 32 and byte not in (9, 10, 13) for byte in set(data)):
        return ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        high = [byte for byte in data if byte >= 128]
        if sum(byte >= 192 or byte in CYRILLIC_SIGNS for byte in high) < 0.9 * len(high):
            return ""
        text = data.decode("cp1251", "replace")
    return "" if MARKUP.match(text) else "text/plain"


def without_place(data: bytes) -> bytes:
    """Turn the coordinates in a film or a sound into zeros; nothing else moves."""
    return PLACE.sub(lambda found: re.sub(rb"\d", b"0", found.group()), data)


def title_of(name: str, mime: str) -> str:
    """Return a file's name for people: one line without paths and tricks, its one extension telling what it is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(
        " " if char.isspace() else char for char in last if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    plain = re.sub(r'[<>:"|?*\u2028\u2029]', "_", " ".join(plain.split())).strip(". ")
    known = EXTENSIONS.get(mime, ("bin",))
    stem, dot, extension = plain.rpartition(".")
    if dot and extension.lower() in known:
        plain = stem.strip(". ")
    else:
        extension = known[0]
    plain = re.sub(r"\.(?=[^.\s]*[^\W\d_])", "_", plain)  # "акт.pdf.exe" loses its dots, "от 12.03.2025" keeps them
    return f"{plain[:MOST_NAME].strip('. ')}.{extension.lower()}" if plain else ""
