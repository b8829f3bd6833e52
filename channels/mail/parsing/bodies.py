"""The body of a mail: its text, its attachments, and whether it is encrypted. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from pathlib import PurePosixPath, PureWindowsPath

from channels.mail.parsing import headers
from channels.mail.parsing.charsets import decoded
from channels.mail.parsing.html_text import html_to_text

MOST_PARTS = 50
DEEPEST = 10
MOST_FILES = 10
DECORATION_BYTES = 3000  # smaller pictures inside a text are logos and counters
LONGEST_TEXT = 200_000  # characters read of one text part
LONGEST_NAME = 120
FORWARDED = "---------- Пересылаемое сообщение ----------"
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
SILENT = (  # for machines
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
)
PART_HEAD = re.compile(r"^--\S+\n(?:[\w-]+:.*\n(?:[ \t].*\n)*)*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str  # safe to show; never a path
    mime: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Body:
    """text: all text parts with quotes and signature; it may contain `QUOTE_MARK` lines of `html_text`.

    left_out: the number of files beyond `MOST_FILES`.
    """

    text: str = ""
    files: list[Attachment] = field(default_factory=list)
    left_out: int = 0
    encrypted: bool = False
    parts: int = 0  # looked at
    attached: str = ""  # the first text attached as a file, used when the mail itself has no text


def body_of(message: Message) -> Body:
    """Read text and attachments, at most `MOST_PARTS` parts, `DEEPEST` levels and `MOST_FILES` files."""
    body = Body()
    texts: list[str] = []
    _walk(message, body, texts, 0)
    body.text = "\n\n".join(text for text in texts if text.strip()) or body.attached
    return body


def _walk(part: Message, body: Body, texts: list[str], depth: int) -> None:
    body.parts += 1
    if body.parts > MOST_PARTS or depth > DEEPEST:
        return
    kind = part.get_content_type()
    if kind in ENCRYPTED:
        body.encrypted = True
    elif kind in SILENT:
        return
    elif kind == "message/rfc822" and part.is_multipart():
        _forward(part, body, texts, depth)
    elif kind == "multipart/alternative":
        _walk_best(part, body, texts, depth)
    elif part.is_multipart():
        for inner in _inner(part):
            _walk(inner, body, texts, depth + 1)
    elif kind.startswith("multipart/"):  # the boundary is damaged: everything is text
        texts.append(PART_HEAD.sub("", text_of_part(part)).strip())
    elif kind in ("text/plain", "text/html") and not _is_attached(part):
        texts.append(text_of_part(part))
    else:
        _attach(part, body)


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [item for item in payload if isinstance(item, Message)] if isinstance(payload, list) else []


def _walk_best(part: Message, body: Body, texts: list[str], depth: int) -> None:
    """Take the plain text of the alternatives, or the HTML if that is blank. Take the files of all."""
    texts_by_type: dict[str, list[str]] = {}
    for inner in _inner(part):
        _walk(inner, body, texts_by_type.setdefault(inner.get_content_type(), []), depth + 1)
    plain = texts_by_type.pop("text/plain", [])
    others = [text for several in texts_by_type.values() for text in several]
    texts += plain if any(text.strip() for text in plain) else others


def _forward(part: Message, body: Body, texts: list[str], depth: int) -> None:
    """Add an attached mail to the content: its head, text and files."""
    for inner in _inner(part):
        name, address = headers.sender_of(inner)
        head = [FORWARDED, f"От: {name} <{address}>".replace("  ", " "), f"Тема: {headers.text_of(inner, 'Subject')}"]
        inside: list[str] = []
        _walk(inner, body, inside, depth + 1)
        texts.append("\n".join([*head, "", *inside]))


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or (
        bool(name_of(part)) and "inline" not in _disposition(part)
    )


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).lower()


def _attach(part: Message, body: Body) -> None:
    data = bytes_of(part)
    kind = part.get_content_type()
    inside = kind.startswith("image/") and part.get("Content-ID") and part.get_content_disposition() != "attachment"
    if not data or (inside and len(data) < DECORATION_BYTES):
        return
    if len(body.files) >= MOST_FILES:
        body.left_out += 1
        return
    if kind in ("text/plain", "text/html") and not body.attached:
        body.attached = text_of_part(part)
    body.files.append(Attachment(name=name_of(part) or _name_for(kind), mime=kind, data=data))


def name_of(part: Message) -> str:
    """Return an attachment's name, safe to display; empty when it has none.

    The name is never used for a file on a disk. Paths, control and direction-changing characters are removed anyway.
    """
    try:
        given = part.get_filename("") or ""
    except (ValueError, LookupError, TypeError):
        given = ""
    name = PureWindowsPath(PurePosixPath(headers.words(str(given))).name).name
    name = "".join(char for char in name if char.isprintable() and char not in '<>:"|?*\\/').strip(" .")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{(stem or ending)[: LONGEST_NAME - 12]}{dot}{ending[:10]}"
    return name


def _name_for(kind: str) -> str:
    endings = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "application/ms-tnef": "dat"}
    return f"вложение.{endings.get(kind, 'bin')}"


def bytes_of(part: Message) -> bytes:
    """Return the decoded bytes of a part. Damaged data is decoded as far as possible."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def text_of_part(part: Message) -> str:
    """Return the text of a text part with plain line ends, HTML turned into text."""
    try:
        label = part.get_content_charset("") or ""
    except (ValueError, LookupError, TypeError):
        label = ""
    html = part.get_content_type() == "text/html"
    data = bytes_of(part)
    if html and not label and (meta := re.search(rb"<meta[^>]{0,100}charset=[\"']?([\w-]{3,20})", data[:4000], re.I)):
        label = meta[1].decode("ascii")
    text = decoded(data, label)
    if html:
        return html_to_text(text[: LONGEST_TEXT * 3])[:LONGEST_TEXT]
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = _unflowed(text, delete=str(part.get_param("delsp", "")).lower() == "yes")
    return "\n".join(line.rstrip() for line in text[:LONGEST_TEXT].split("\n")).strip("\n")


def _unflowed(text: str, *, delete: bool) -> str:
    """Join the lines that a mail program wrapped softly (RFC 3676). A signature separator is never joined."""
    lines: list[str] = []
    depth_before = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ") if depth or line.startswith(" ") else line
        if lines and depth == depth_before and lines[-1].endswith(" ") and not _ends_block(lines[-1], content):
            lines[-1] = (lines[-1][:-1] if delete else lines[-1]) + content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        depth_before = depth
    return "\n".join(lines)


def _ends_block(before: str, line: str) -> bool:
    return before.lstrip("> ") == "-- " or (before.endswith("-- ") and before.strip("> ") == "--") or line == "-- "
