"""Parse the attachments of a VK message: photos, documents, voice messages, locations. Pure.

Source: VK API 5.199, `messages_message_attachment` and the objects it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from channels.contract import (
    Content,
    FileRef,
    Location,
    PayloadError,
    Photo,
    Text,
    Unsupported,
    Voice,
)

FILE_BYTES = 20 * 1024 * 1024  # larger ones are refused at once
PREVIEWS = ("link",)  # VK adds them to an address in the text
PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}  # by extension

Raw = Mapping[str, Any]


def contents_of(message: Raw) -> list[Content]:
    """Return the contents of a message in order; never empty. The text is the caption of the first photo.

    Forwarded messages count as the resident's own, because a neighbour's words about a leak are a report too.
    """
    holders = [message, *_objects(message.get("fwd_messages"))]
    text = "\n\n".join(part for holder in holders if (part := _text(holder).strip()))
    files: list[Content] = [where for holder in holders if (where := _place(holder)) is not None]
    for attachment in (attachment for holder in holders for attachment in _objects(holder.get("attachments"))):
        if attachment.get("type") not in PREVIEWS or not text:
            files.append(_attachment(attachment))
    if not text:
        return files or [Unsupported("empty")]
    for place, content in enumerate(files):
        if isinstance(content, Photo):
            files[place] = Photo(content.file, text)
            return files
    return [Text(text), *files]


def clean(text: str) -> str:
    """Drop NUL and lone surrogates, which JSON can contain but no database stores."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def mapping(holder: Raw, name: str) -> Raw:
    """Return an object inside an object. Raises `PayloadError` when there is none."""
    part = holder.get(name)
    if not isinstance(part, Mapping):
        raise PayloadError(f"{name} must be an object")
    return part


def _objects(items: object) -> list[Raw]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _text(message: Raw) -> str:
    text = message.get("text", "")
    if not isinstance(text, str):
        raise PayloadError("text must be a string")
    return clean(text)


def _place(message: Raw) -> Location | None:
    geo = message.get("geo")
    where = geo.get("coordinates") if isinstance(geo, Mapping) else None
    if not isinstance(where, Mapping):
        return None
    latitude, longitude = where.get("latitude"), where.get("longitude")
    if not _is_number(latitude) or not _is_number(longitude):
        raise PayloadError("coordinates must be numbers")
    return Location(float(latitude), float(longitude))


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _attachment(attachment: Raw) -> Content:
    """Return the content of one attachment. A malformed one gives `Unsupported`, so that the rest is not lost."""
    kind = attachment.get("type")
    held = attachment.get(kind) if isinstance(kind, str) else None
    if isinstance(held, Mapping):
        if kind == "photo":
            return _photo(held)
        if kind == "doc":
            return _document(held)
        if kind == "audio_message":
            return _voice(held)
    return Unsupported(clean(kind)[:40] if isinstance(kind, str) and kind else "attachment")


def _photo(photo: Raw) -> Content:
    """Return the largest of the sizes that VK gives of a photo."""
    known = [size for size in _objects(photo.get("sizes")) if _address(size, "url")]
    if isinstance(original := photo.get("orig_photo"), Mapping) and _address(original, "url"):
        known.append(original)
    if not known:
        return Unsupported("photo")
    largest = max(known, key=_area)
    return Photo(FileRef(remote_id=_address(largest, "url"), name="photo.jpg", mime="image/jpeg"))


def _area(size: Raw) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _document(document: Raw) -> Content:
    address, title, size = _address(document, "url"), document.get("title"), document.get("size")
    name = clean(title) if isinstance(title, str) else ""
    mime = PICTURES.get(str(document.get("ext")).lower(), "")  # '' for another kind, which the content decides later
    if not address:
        return Unsupported("document")
    size = size if isinstance(size, int) and not isinstance(size, bool) else 0
    if size > FILE_BYTES:
        return Unsupported("too_big")
    return Photo(FileRef(remote_id=address, name=name, mime=mime, size=size))


def _voice(voice: Raw) -> Content:
    address, seconds = _address(voice, "link_ogg"), voice.get("duration")
    if not address:
        return Unsupported("voice")
    return Voice(
        FileRef(remote_id=address, name="voice.ogg", mime="audio/ogg"), seconds if isinstance(seconds, int) else 0
    )


def _address(holder: Raw, name: str) -> str:
    address = holder.get(name)
    is_address = isinstance(address, str) and address.isascii() and address.startswith(("http://", "https://"))
    return str(address) if is_address else ""
