"""Parse requests of a browser into content of the contract. Pure apart from reading the body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from channels.contract import Press, Text
from channels.web.errors import Refusal

MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
PRESS_VALUE = re.compile(r"[\x21-\x7e]{1,48}")
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
# C0, C1 and the direction marks, which could disguise an address. Tab and line feed stay.
CONTROL = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)))
CONTROL = {code: None for code in CONTROL if code not in (9, 10)}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a browser. id: made by the browser, the same for each retry."""

    id: str
    content: Text | Press


@dataclass(frozen=True, slots=True)
class Upload:
    """One form. photo: empty without a chosen file."""

    fields: dict[str, str]
    photo: bytes = b""
    photo_name: str = ""
    photo_mime: str = ""


def clean(text: str) -> str:
    """Drop control characters and lone surrogates. Line ends become line feeds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.translate(CONTROL).encode("utf-8", "ignore").decode("utf-8").strip()


def parse_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body. Raises `Refusal` 400 when the body is anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_json", "Тело запроса не разобрано: нужен объект JSON.") from error
    if not isinstance(data, dict):
        raise Refusal(400, "bad_json", "Тело запроса не разобрано: нужен объект JSON.")
    return data


def parse_message(body: bytes, text_bytes: int) -> Sent:
    """Read ``{"id": str, "text": str}`` or ``{"id": str, "press": str}``.

    Raises:
        Refusal: 400 when it is neither, 413 when the text is longer than `text_bytes` in UTF-8.
    """
    data = parse_object(body)
    message_id = message_id_of(data.get("id"))
    text, press = data.get("text"), data.get("press")
    if isinstance(text, str) and press is None:
        return Sent(message_id, text_of(text, text_bytes))
    if isinstance(press, str) and text is None:
        return Sent(message_id, press_of(press))
    raise Refusal(400, "bad_message", "Нужно одно из двух полей: text или press.")


def line_id_of(text: str | None) -> int:
    """Return the line id that a browser sent. Anything else counts as 0, which shows the whole conversation."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


def message_id_of(value: object) -> str:
    if isinstance(value, str) and MESSAGE_ID.fullmatch(value):
        return value
    raise Refusal(400, "bad_message", "Поле id: от 8 до 64 латинских букв, цифр и дефисов.")


def text_of(text: str, text_bytes: int) -> Text:
    cleaned = clean(text)
    if not cleaned:
        raise Refusal(400, "bad_message", "Сообщение пустое. Напишите, пожалуйста, несколько слов.")
    if len(cleaned.encode("utf-8")) > text_bytes:
        raise Refusal(413, "too_big", f"Сообщение слишком длинное: до {text_bytes // 1024} КБ. Разделите его на части.")
    return Text(cleaned)


def press_of(value: str) -> Press:
    if not PRESS_VALUE.fullmatch(value):
        raise Refusal(400, "bad_message", "Поле press: значение кнопки из нашего сообщения.")
    return Press(value)


async def read_limited(request: web.Request, limit_bytes: int) -> bytes:
    """Read a body without the application's own limit.

    Raises:
        Refusal: 413 when the body is longer than `limit_bytes`.
    """
    if (request.content_length or 0) > limit_bytes:
        raise too_long()
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > limit_bytes:
            raise too_long()
    return bytes(body)


def too_long() -> Refusal:
    return Refusal(413, "too_big", "Сообщение слишком длинное. Разделите его, пожалуйста, на части.")


async def read_upload(request: web.Request, *, photo_bytes: int, text_bytes: int) -> Upload:
    """Read a form: one optional file `photo` and text fields.

    Raises:
        Refusal: 400 when it is not a form, 413 when the file or a field is too big.
    """
    if request.content_type == "application/x-www-form-urlencoded":
        body = await read_limited(request, text_bytes * 3 + 4096)
        return Upload(dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20)))
    if (request.content_length or 0) > photo_bytes + text_bytes + 16_384:
        raise photo_too_big(photo_bytes)
    fields: dict[str, str] = {}
    photo, name, mime = b"", "", ""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None or len(fields) > 20:
                raise ValueError("nested or nameless part")
            if part.name == "photo":
                photo = await read_part(part, photo_bytes, photo_too_big(photo_bytes))
                name, mime = clean(part.filename or "")[:120], mime_of(part.headers)
            else:
                raw = await read_part(part, text_bytes + 1, too_long())
                fields[part.name] = raw.decode("utf-8", "replace")
    except (ValueError, AssertionError, KeyError, web.HTTPException) as error:
        raise Refusal(400, "bad_message", "Форма не разобрана. Попробуйте отправить её ещё раз.") from error
    return Upload(fields, photo, name, mime)


async def read_part(part: BodyPartReader, limit_bytes: int, refusal: Refusal) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(65_536):
        data += chunk
        if len(data) > limit_bytes:
            raise refusal
    return bytes(data)


def mime_of(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()


def photo_too_big(photo_bytes: int) -> Refusal:
    megabytes = photo_bytes // 1_000_000
    return Refusal(413, "too_big", f"Файл больше {megabytes} МБ. Отправьте, пожалуйста, поменьше.")
