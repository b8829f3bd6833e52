"""The fields of the form: reading, checking, and turning them into content. Pure apart from the reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from channels.contract import Content, FileRef, Form, Photo, Text
from channels.web.errors import Refusal
from channels.web.incoming import clean, mime_of, read_limited, too_long

LONGEST = {"address": 200, "apartment": 20, "name": 60, "phone": 30, "text": 4000}  # characters
OTHER = ("consent", "website", "id", "stamp", "after", "embed")  # `website` is the trap for programs
BYTES = 65_536  # of a text field
LONGER = 4  # at most this many times `body_bytes` are read
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    name: str
    mime: str


@dataclass(slots=True)
class Filled:
    """One received form. errors: sentences for the resident, by field."""

    fields: dict[str, str]
    photos: list[Picture] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def empty() -> Filled:
    return Filled(dict.fromkeys(LONGEST, ""))


def checked(form: Filled) -> None:
    """Write missing and impossible values into `form.errors`."""
    errors = {
        "address": "" if form["address"] else "Напишите адрес: улицу и дом.",
        "phone": phone_error(form["phone"]),
        "text": "" if form["text"] else "Напишите, что случилось.",
        "consent": "" if form["consent"] else "Без этой отметки мы не можем принять заявку.",
    }
    form.errors |= {name: error for name, error in errors.items() if error}


def phone_error(phone: str) -> str:
    if not phone:
        return "Напишите телефон: мастеру нужно с вами связаться."
    digits = sum(char.isdigit() for char in phone)
    good = 5 <= digits <= 15 and not any(char.isalpha() for char in phone)
    return "" if good else "Не похоже на телефон. Пример: 8 900 000-00-00."


def contents(form: Filled, files: Sequence[FileRef]) -> list[Content]:
    """Return the contents of a form.

    Without the consent (only an emergency gets this far) they are plain text, so that the bot shows its notice.
    """
    values = {name: form[name] for name in LONGEST}
    if form["consent"]:
        return [Form(**values, files=tuple(files))]
    flat = f"{values['address']}, кв. {values['apartment']}" if values["apartment"] else values["address"]
    words = "\n".join(part for part in (values["text"], flat, values["name"], values["phone"]) if part)
    return [Text(words), *(Photo(file) for file in files)]


async def read_form(request: web.Request, form: Filled, *, photos: int, photo_bytes: int, body_bytes: int) -> None:
    """Read into `form`. Fields read before an error stay in it.

    A photo is left out and named in `errors` if it is too big, if there are more than `photos`, or if all photos exceed
    `body_bytes`. It is still read to its end, because a browser without scripts shows no answer to an aborted request.

    Raises:
        Refusal: 400 when the body is not a form, 413 when it is far too long.
    """
    if request.content_type == "application/x-www-form-urlencoded":
        body = await read_limited(request, BYTES * 3)
        form.fields |= _cleaned(dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)))
        return
    raw: dict[str, str] = {}
    try:
        await _read_parts(request, form, raw, photos, photo_bytes, body_bytes)
    except (ValueError, AssertionError, KeyError, web.HTTPException) as error:
        raise Refusal(400, "bad_message", "Форма не разобрана. Попробуйте отправить её ещё раз.") from error
    finally:
        form.fields |= _cleaned(raw)


async def _read_parts(
    request: web.Request, form: Filled, raw: dict[str, str], photos: int, photo_bytes: int, body_bytes: int
) -> None:
    photo_total = read = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(raw) > MOST_FIELDS:
            raise ValueError("nested or nameless part")
        is_photo = part.name == "photo"
        room = min(photo_bytes, body_bytes - photo_total) if len(form.photos) < photos else 0
        data = bytearray()
        taken = 0
        while chunk := await part.read_chunk(65_536):
            taken += len(chunk)
            read += len(chunk)
            if read > body_bytes * LONGER:
                raise body_too_big(body_bytes)
            if not is_photo and taken > BYTES:
                raise too_long()
            if taken <= (room if is_photo else BYTES):
                data += chunk
            else:
                data.clear()
        if not is_photo:
            raw[part.name] = data.decode("utf-8", "replace")
        elif 0 < taken <= room:
            photo_total += taken
            form.photos.append(Picture(bytes(data), clean(part.filename or "")[:120], mime_of(part.headers)))
        elif taken:
            form.errors["photo"] = _photo_error(len(form.photos), photos, taken, photo_bytes, body_bytes)


def _photo_error(count: int, photos: int, taken: int, photo_bytes: int, body_bytes: int) -> str:
    if photos == 0:
        return "Сейчас присылают слишком много фотографий. Отправьте заявку без них, а фотографии потом в чате."
    if count >= photos:
        return f"Приложить можно до {photos} фотографий."
    if taken > photo_bytes:
        return f"Фотография больше {photo_bytes // 1_000_000} МБ. Выберите снимок поменьше."
    return f"Фотографии вместе больше {body_bytes // 1_000_000} МБ. Уберите часть: их можно отправить потом в чате."


def _cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    values = {name: clean(fields.get(name, ""))[:length] for name, length in LONGEST.items()}
    return values | {name: clean(fields.get(name, ""))[:200] for name in OTHER}


def body_too_big(body_bytes: int) -> Refusal:
    megabytes = body_bytes // 1_000_000
    return Refusal(413, "too_big", f"Фотографии вместе намного больше {megabytes} МБ. Отправьте их потом в чате.")
