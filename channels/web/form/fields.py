"""What a resident typed into the form, what is wrong with it, and the content it becomes. Pure but for the reading."""

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
LONGER = 4  # times `body_bytes` are read at most
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    name: str
    mime: str


@dataclass(slots=True)
class Filled:
    """One form as it came. `errors`: by field, sentences for the resident."""

    fields: dict[str, str]
    photos: list[Picture] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def empty() -> Filled:
    return Filled(dict.fromkeys(LONGEST, ""))


def checked(form: Filled) -> None:
    """Note what is missing or cannot be."""
    found = {
        "address": "" if form["address"] else "Напишите адрес: улицу и дом.",
        "phone": phone_error(form["phone"]),
        "text": "" if form["text"] else "Напишите, что случилось.",
        "consent": "" if form["consent"] else "Без этой отметки мы не можем принять заявку.",
    }
    form.errors |= {name: error for name, error in found.items() if error}


def phone_error(phone: str) -> str:
    if not phone:
        return "Напишите телефон: мастеру нужно с вами связаться."
    digits = sum(char.isdigit() for char in phone)
    good = 5 <= digits <= 15 and not any(char.isalpha() for char in phone)
    return "" if good else "Не похоже на телефон. Пример: 8 900 000-00-00."


def contents(form: Filled, files: Sequence[FileRef]) -> list[Content]:
    """Return what the resident says.

    A form without the consent (only an emergency gets this far) is told in words, so that the bot shows its notice.
    """
    told = {name: form[name] for name in LONGEST}
    if form["consent"]:
        return [Form(**told, files=tuple(files))]
    flat = f"{told['address']}, кв. {told['apartment']}" if told["apartment"] else told["address"]
    words = "\n".join(part for part in (told["text"], flat, told["name"], told["phone"]) if part)
    return [Text(words), *(Photo(file) for file in files)]


async def read_form(request: web.Request, form: Filled, *, photos: int, photo_bytes: int, body_bytes: int) -> None:
    """Read into `form`, which keeps what came before an error.

    A photo that is too big, one too many, or one that makes all of them longer than `body_bytes` is left out and named
    in `errors`; it is read to its end, because a browser without scripts shows no answer to a request cut short.

    Raises:
        Refusal: 400 when it is no form, 413 when it is longer than any form.
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
    kept = read = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(raw) > MOST_FIELDS:
            raise ValueError("nested or nameless part")
        is_photo = part.name == "photo"
        most = min(photo_bytes, body_bytes - kept) if len(form.photos) < photos else 0
        data = bytearray()
        taken = 0
        while chunk := await part.read_chunk(65_536):
            taken += len(chunk)
            read += len(chunk)
            if read > body_bytes * LONGER:
                raise body_too_big(body_bytes)
            if not is_photo and taken > BYTES:
                raise too_long()
            if taken <= (most if is_photo else BYTES):
                data += chunk
            else:
                data.clear()
        if not is_photo:
            raw[part.name] = data.decode("utf-8", "replace")
        elif 0 < taken <= most:
            kept += taken
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
    told = {name: clean(fields.get(name, ""))[:most] for name, most in LONGEST.items()}
    return told | {name: clean(fields.get(name, ""))[:200] for name in OTHER}


def body_too_big(body_bytes: int) -> Refusal:
    megabytes = body_bytes // 1_000_000
    return Refusal(413, "too_big", f"Фотографии вместе намного больше {megabytes} МБ. Отправьте их потом в чате.")
