"""The pages of the form: the form itself, empty or with its errors, and the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from string import Template

from channels.contract import Line
from channels.web.config import WebConfig
from channels.web.form.fields import LONGEST, OTHER, Filled
from channels.web.outgoing import STATIC, head_values

FIELDS = ("address", "apartment", "name", "phone", "text", "photo", "consent")
NUMBER = re.compile(r"№\s?(\d{2}-\d{4,8})")


def form_page(config: WebConfig, form: Filled, alert: str, *, embed: bool) -> str:
    """Return the page with the values of `form`, all escaped."""
    template = Template((STATIC / "form.html").read_text(encoding="utf-8"))
    head = head_values(config)
    values = {name: escape(form[name]) for name in (*LONGEST, *OTHER)}
    values |= {f"{name}_error": escape(form.errors.get(name, "")) for name in FIELDS}
    values |= {f"{name}_invalid": str(name in form.errors).lower() for name in FIELDS}
    return template.substitute(
        head | values,
        head_phone=head["phone"],
        checked="checked" if form["consent"] else "",
        alert=escape(alert),
        embed="1" if embed or form["embed"] == "1" else "",
        photos=str(config.form_photos),
        photo_bytes=str(config.photo_bytes),
        controller=escape(config.shared.company or "управляющая организация"),
        more=_policy(config),
    )


def _policy(config: WebConfig) -> str:
    if not config.shared.policy_url.startswith(("https://", "http://", "/")):
        return ""
    address = escape(config.shared.policy_url)
    return f' Подробнее: <a href="{address}" target="_blank" rel="noopener">политика обработки данных</a>.'


def sent_page(config: WebConfig, lines: Sequence[Line]) -> str:
    template = Template((STATIC / "sent.html").read_text(encoding="utf-8"))
    number = next((match[1] for line in lines if (match := NUMBER.search(line.text))), "")
    waiting = '<p class="answer">Ответ появится здесь через несколько секунд.</p>'
    return template.substitute(
        head_values(config),
        heading=f"Заявка № {escape(number)} принята" if number else "Форма отправлена",
        answer="\n".join(f'<p class="answer">{escape(line.text)}</p>' for line in lines if line.text) or waiting,
    )
