"""Turn a parsed mail into an event of the contract; store its files and set machines apart."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime

from channels.contract import (
    Content,
    FileRef,
    Files,
    Incoming,
    Letter,
    PayloadError,
    Reachability,
    Unsupported,
)
from channels.mail.parsing.message import Mail
from channels.mail.parsing.sender_kind import AUTO, BOUNCE

logger = logging.getLogger(__name__)

CHANNEL = "mail"
ONLY_SUBJECT = "[письмо слишком большое, прочитана только тема]"
NOWHERE = "nobody.invalid"  # a domain that cannot exist (RFC 2606)
REFUSED = "[файл не принят: {name}]"
LEFT_OUT = "[ещё файлов не принято: {count}; в одном письме – не больше десяти]"


async def incoming_of(mail: Mail, files: Files, sent_at: datetime, *, too_big: bool = False) -> Incoming | None:
    """Return the event of one mail; ``None`` when nobody can be answered and nothing is worth storing.

    too_big: only the head was read.

    Raises:
        Exception: the file store is unavailable; the mail must be tried again.
    """
    if mail.problem:
        logger.warning("a mail was not understood", extra={"action": "mail.malformed", "error": mail.problem})
    if mail.kind.kind == BOUNCE:
        logger.info("a mail came back", extra={"action": "mail.bounced", "why": mail.kind.why})
        return _event(mail, mail.kind.dead, sent_at, Reachability(False, "bounced")) if mail.kind.dead else None
    if mail.kind.kind == AUTO:
        logger.info("a machine wrote and gets no answer", extra={"action": "mail.auto", "why": mail.kind.why})
        known = mail.sender and mail.kind.why not in ("own", "robot")
        return _event(mail, mail.sender, sent_at, Reachability(True, "auto")) if known else None
    if not mail.sender:
        logger.warning("a mail has no sender to answer", extra={"action": "mail.no_sender"})
    return _event(mail, mail.sender or _nobody(mail), sent_at, await _content(mail, files, too_big))


def _nobody(mail: Mail) -> str:
    """Return a conversation for a mail without a sender. The mail is stored, and an answer to it fails visibly."""
    return f"{hashlib.sha256(mail.external_id.encode()).hexdigest()[:16]}@{NOWHERE}"


async def _content(mail: Mail, files: Files, too_big: bool) -> Content:
    if too_big:
        if not mail.subject:
            return Unsupported("too_big")
        return Letter(text=ONLY_SUBJECT, subject=mail.subject, ticket=mail.ticket)  # it may report an emergency
    if mail.encrypted and not mail.text and not mail.files:
        return Unsupported("encrypted")
    stored, notes = await _stored(mail, files)
    own_words = "" if mail.empty and (stored or mail.proven or mail.answers) else mail.text
    if not own_words and not stored and not notes and (mail.empty or not mail.subject):
        return Unsupported("empty")
    return Letter(
        text="\n".join(part for part in (own_words, *notes) if part),
        subject=mail.subject,
        said="\n".join(part for part in (mail.people_text, *notes) if part) if mail.people_text and own_words else "",
        signature=mail.signature,
        full=mail.full,
        files=tuple(stored),
        ticket=mail.ticket,
    )


async def _stored(mail: Mail, files: Files) -> tuple[list[FileRef], list[str]]:
    """Store the files; return them, and one line of text per refused file."""
    stored: list[FileRef] = []
    notes: list[str] = []
    for file in mail.files:
        try:
            stored.append(await files.put(file.data, file.name, file.mime))
        except PayloadError:
            logger.info(
                "a file of a mail was refused", extra={"action": "mail.file_refused", "mime": _known(file.mime)}
            )
            notes.append(REFUSED.format(name=file.name))
    if mail.left_out:
        notes.append(LEFT_OUT.format(count=mail.left_out))
    return stored, notes


def _known(mime: str) -> str:
    """Return the first half of a MIME type for the log. The rest is a stranger's text."""
    kind = mime.partition("/")[0]
    return kind if kind in ("application", "image", "audio", "video", "text", "message") else "other"


def _event(mail: Mail, conversation: str, sent_at: datetime, content: Content) -> Incoming:
    return Incoming(
        channel=CHANNEL,
        conversation=conversation,
        external_id=mail.external_id,
        sent_at=sent_at,
        content=content,
        sender_name=mail.sender_name if conversation == mail.sender else "",
        thread=mail.thread if not isinstance(content, Reachability) else "",
    )
