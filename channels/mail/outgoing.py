"""Compose outgoing mails: plain text and simple HTML, with headers that keep machines from answering. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from channels.contract import Outgoing, SendPriority
from channels.mail.config import MailConfig
from channels.mail.parsing import threading_headers
from channels.mail.parsing.threading_headers import Thread

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
IDS = ("message-id", "in-reply-to", "references", "list-unsubscribe")
MOST_REFERENCES = 20
STOP_SUBJECT = "%D0%A1%D1%82%D0%BE%D0%BF"  # "Стоп"


class Wire(EmailPolicy):
    """Folds id headers between ids only.

    The library would write a long id as encoded words, which no mail program recognises.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() in IDS:
            return f"{name}: {' '.join(str(value).split())}\r\n".replace("> <", ">\r\n <")
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii") if name.lower() in IDS else super().fold_binary(name, value)


WIRE = Wire(linesep=SMTP.linesep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    data: bytes = field(repr=False)
    mime: str
    name: str


def compose(message: Outgoing, config: MailConfig, enclosure: Enclosure | None, now: datetime) -> EmailMessage:
    """Return `message` as a mail. The same message always gets the same Message-ID.

    Raises:
        ValueError: no mail can be sent to `message.conversation`.
    """
    thread = threading_headers.unpacked(message.thread)
    mail = EmailMessage(policy=WIRE)
    mail["From"] = Address(one_line(config.shared.company), addr_spec=config.address)
    mail["To"] = recipient(message.conversation)
    mail["Subject"] = subject_of(message, thread, config)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id_of(message, config)
    _answer(mail, thread)
    if config.plus_addresses and message.ticket:
        mail["Reply-To"] = threading_headers.plus_address(config.key, config.address, message.ticket)
    _mark(mail, message, config)
    mail.set_content(message.text or " ")
    mail.add_alternative(html_of(message.text), subtype="html")
    if enclosure is not None:
        kind, _, subtype = enclosure.mime.partition("/")
        mail.add_attachment(
            enclosure.data, maintype=kind or "application", subtype=subtype or "octet-stream", filename=enclosure.name
        )
    return mail


def message_id_of(message: Outgoing, config: MailConfig) -> str:
    return threading_headers.message_id(config.key, message.key, message.ticket, message.conversation, config.domain)


def recipient(conversation: str) -> Address:
    """Return the address. A domain of Russian letters is written in IDNA.

    Raises:
        ValueError: `conversation` is not a usable address.
    """
    name, at, domain = conversation.rpartition("@")
    if not at or not name.isascii() or not conversation.isprintable() or any(map(str.isspace, conversation)):
        raise ValueError("no address")
    try:
        spelled = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        address = Address(addr_spec=f"{name}@{spelled}")
    except Exception as error:  # the library's parser raises what it likes
        raise ValueError("no address") from error
    if not domain or domain.endswith(".invalid"):
        raise ValueError("no address")
    return address


def subject_of(message: Outgoing, thread: Thread, config: MailConfig) -> str:
    if thread.message_id or thread.subject:
        return one_line(threading_headers.answer_subject(thread.subject, message.ticket))
    what = (
        "Объявление" if message.priority >= SendPriority.ANNOUNCEMENT else "Заявка" if message.ticket else "Сообщение"
    )
    tag = f"[№ {message.ticket}]" if message.ticket else ""
    company = config.shared.company
    return one_line(" ".join(part for part in (f"{what}: {company}" if company else what, tag) if part))


def _answer(mail: EmailMessage, thread: Thread) -> None:
    """Thread the mail under the mail it answers. Malformed ids are left out."""
    if not threads_id(thread.message_id):
        return
    before = [reference for reference in thread.references if threads_id(reference)]
    if len(before) >= MOST_REFERENCES:
        before = [before[0], *before[-MOST_REFERENCES + 2 :]]
    mail["In-Reply-To"] = thread.message_id
    mail["References"] = " ".join([*before, thread.message_id])


def threads_id(text: str) -> bool:
    return bool(re.fullmatch(r"<[!-;=?-~]{1,400}>", text))


def _mark(mail: EmailMessage, message: Outgoing, config: MailConfig) -> None:
    """Mark the mail as automatic, so that machines do not answer it. A dispatcher's mail gets no mark."""
    if message.human:
        return
    mail["Auto-Submitted"] = "auto-replied" if message.answers else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Domovoy"] = "1"
    if message.priority >= SendPriority.ANNOUNCEMENT:
        mail["Precedence"] = "bulk"
        mail["List-Unsubscribe"] = f"<mailto:{config.address}?subject={STOP_SUBJECT}>"


def html_of(text: str) -> str:
    """Return an HTML page of paragraphs with clickable links. All other text is escaped."""
    paragraphs = "".join(f"<p>{_linked(part)}</p>\n" for part in re.split(r"\n{2,}", text.strip()) if part)
    return (
        '<!DOCTYPE html>\n<html lang="ru"><head><meta charset="utf-8"></head>\n'
        '<body style="font-family:sans-serif;font-size:16px;line-height:1.4">\n' + paragraphs + "</body></html>\n"
    )


def _linked(text: str) -> str:
    made, at = "", 0
    for link in LINK.finditer(text):
        address = html.escape(link[0])
        made += f'{html.escape(text[at : link.start()])}<a href="{address}">{address}</a>'
        at = link.end()
    return (made + html.escape(text[at:])).replace("\n", "<br>\n")


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, so that it cannot break out of a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
