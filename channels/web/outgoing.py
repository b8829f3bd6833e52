"""Render the lines of the transcript as JSON and server-sent events, and the pages with their security headers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote
from zoneinfo import ZoneInfo

from channels.contract import Line
from channels.web.config import WebConfig

STATIC = Path(__file__).parent / "static"
COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make browsers send "Origin: null" with our own form
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PICTURES = ("image/jpeg", "image/png", "image/webp")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    content_type: str
    etag: str


def load_asset(name: str) -> Asset:
    body = (STATIC / name).read_bytes()
    return Asset(body, TYPES[Path(name).suffix], hashlib.sha256(body).hexdigest()[:20])


def line_as_json(line: Line) -> dict[str, object]:
    """Return ``{"id", "author", "name", "text", "at", "buttons": [[[label, value], ...], ...], "file": null | {...}}``.

    `at` is ISO 8601 with offset; `file` holds `url` (path on this server), `name` and `mime`.
    """
    file = line.file and {
        "url": f"/chat/files/{line.file.remote_id}",
        "name": line.file.name,
        "mime": line.file.mime,
    }
    return {
        "id": line.id,
        "author": line.author,
        "name": line.author_name,
        "text": line.text,
        "at": line.at.isoformat(timespec="seconds"),
        "buttons": [[[button.label, button.value] for button in row] for row in line.buttons],
        "file": file,
    }


def is_shown(mime: str) -> bool:
    """Whether a browser may show a file inline. Other files are downloaded."""
    return mime in PICTURES or mime.startswith(("audio/", "video/"))


def disposition(title: str, mime: str) -> str:
    """Return the Content-Disposition header. Source: RFC 6266, RFC 8187."""
    kind = "inline" if is_shown(mime) else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(title, safe='')}" if title else kind


def as_event(line: Line) -> bytes:
    """Return one server-sent event. Its id is the line's, so that a browser resumes with Last-Event-ID."""
    data = json.dumps(line_as_json(line), ensure_ascii=False)
    return f"id: {line.id}\ndata: {data}\n\n".encode()


def page_headers(config: WebConfig) -> dict[str, str]:
    """Return headers that allow only our own files, and framing only by the configured sites."""
    ancestors = " ".join(("'self'", *config.frame_ancestors))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
    return {**COMMON_HEADERS, "Content-Security-Policy": policy, "Cache-Control": "no-store"}


def chat_page(config: WebConfig) -> str:
    template = Template((STATIC / "chat.html").read_text(encoding="utf-8"))
    return template.substitute(head_values(config), photo_bytes=str(config.photo_bytes))


def head_values(config: WebConfig) -> dict[str, str]:
    """Return the values of the page head: title and company. Every value is escaped HTML."""
    shared = config.shared
    company = f'<p class="company">{escape(shared.company)}</p>' if shared.company else ""
    phone = ""
    if shared.phone:
        number = "".join(char for char in shared.phone if char.isdigit() or char == "+")
        phone = f'<span>Аварийная: <a href="tel:{escape(number)}">{escape(shared.phone)}</a></span>'
    policy = ""
    if shared.policy_url.startswith(("https://", "http://", "/")):
        policy = f'<a href="{escape(shared.policy_url)}" target="_blank" rel="noopener">Обработка данных</a>'
    return {"title": escape(config.title), "company": company, "phone": phone, "policy": policy}


# --- the page that works without JavaScript ------------------------------------------------------------------------


# Shown before the first message and stored nowhere.
GREETING = (
    '<li class="line bot"><div class="bubble"><p class="who">Помощник</p><p class="text">'
    "Здравствуйте! Мы принимаем заявки и отвечаем на вопросы о доме.\n"
    "Напишите, пожалуйста, что случилось и по какому адресу: улица, дом, квартира. "
    "Можно приложить фотографию.</p></div></li>"
)


def plain_page(config: WebConfig, lines: Sequence[Line], ids: Sequence[str], notice: str = "", typed: str = "") -> str:
    """Return the page with the whole conversation and a form.

    Args:
        ids: fresh message ids. The first is for the text form, the others are for the active buttons, one each. So a
            form sent twice is one message.
        notice: a sentence above the form: an error, or the note that the answer is not there yet.
        typed: the text in the field of the form.
    """
    template = Template((STATIC / "plain.html").read_text(encoding="utf-8"))
    last = max((line.id for line in lines), default=0)
    return template.substitute(
        head_values(config),
        lines="\n".join(plain_line(line, ZoneInfo(config.shared.timezone)) for line in lines) or GREETING,
        buttons=plain_buttons(lines, ids[1:], last),
        notice=f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else "",
        typed=escape(typed),
        id=escape(ids[0]),
        after=str(last),
    )


def plain_line(line: Line, zone: ZoneInfo) -> str:
    who = {"resident": "Вы", "dispatcher": f"Диспетчер {line.author_name}".strip()}.get(line.author, "Помощник")
    text = f'<p class="text">{escape(line.text)}</p>' if line.text else ""
    picture = ""
    if line.file:
        label = escape(line.file.name or "Фотография")
        picture = f'<p><a href="/chat/files/{escape(line.file.remote_id)}">{label}</a></p>'
    local = line.at.astimezone(zone)
    time = f'<time datetime="{local.isoformat(timespec="seconds")}">{local:%d.%m %H:%M}</time>'
    bubble = f'<div class="bubble"><p class="who">{escape(who)}</p>{text}{picture}{time}</div>'
    return f'<li class="line {escape(line.author)}" id="line-{line.id}">{bubble}</li>'


def active_buttons(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Return label and value of the buttons of the bot's last message."""
    for line in reversed(lines):
        if line.author == "bot":
            return [(button.label, button.value) for row in line.buttons for button in row]
    return []


def plain_buttons(lines: Sequence[Line], ids: Sequence[str], after: int) -> str:
    forms = [
        f'<form method="post" action="/chat/plain"><input type="hidden" name="id" value="{escape(message_id)}">'
        f'<input type="hidden" name="after" value="{after}">'
        f'<button class="chip" name="press" value="{escape(value)}">{escape(label)}</button></form>'
        for (label, value), message_id in zip(active_buttons(lines), ids, strict=False)
    ]
    return f'<div class="chips">{"".join(forms)}</div>' if forms else ""
