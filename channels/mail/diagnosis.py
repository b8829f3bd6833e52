"""Diagnosis of the mail channel: each problem as a sentence for the administrator, with its remedy."""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import Executor

import aiosmtplib

from channels.mail.config import MailConfig
from channels.mail.errors import LIBRARY_ERRORS
from channels.mail.imap import IMAP_ERRORS, Box, LoginRefused, NoFolder
from channels.mail.smtp import Post

RIGHT_LOGIN = (
    "Нужен пароль приложения, а не пароль от ящика; задайте его в DOMOVOY_CHANNELS__MAIL__PASSWORD. "
    "Проверьте и channels.mail.login."
)
TROUBLES = {
    "login": "Почтовый сервер не принимает логин и пароль (приём). Включите в настройках ящика доступ по IMAP. "
    + RIGHT_LOGIN,
    "folder": "В ящике нет папки channels.mail.imap_folder или её нельзя открыть. Обычно это INBOX.",
    "certificate": "Сертификат почтового сервера не подтверждён. Проверьте имя узла в channels.mail.imap_host; "
    "для своего сервера задайте channels.mail.ca_file.",
    "tls": "С почтовым сервером не удалось договориться о шифровании. Проверьте пару: порт 993 – tls, "
    "порт 143 – starttls.",
    "network": "Нет связи с почтовым сервером (приём). Проверьте сеть, channels.mail.imap_host и imap_port.",
}
SENDING = {
    "login": "Почтовый сервер не принимает логин и пароль (отправка). " + RIGHT_LOGIN,
    "certificate": "Сертификат сервера отправки не подтверждён. Проверьте channels.mail.smtp_host; для своего сервера "
    "задайте channels.mail.ca_file.",
    "tls": "С сервером отправки не удалось договориться о шифровании. Проверьте пару: порт 465 – tls, "
    "порт 587 – starttls.",
    "network": "Нет связи с сервером отправки. Проверьте сеть, channels.mail.smtp_host и smtp_port.",
}
NO_IDLE = (
    "Почтовый сервер не сообщает о новых письмах сам (нет IDLE): бот увидит их не сразу, а раз в "
    "channels.mail.poll_seconds секунд."
)
PATIENCE_SECONDS = 40.0


def code_of(error: BaseException | None) -> str:
    """Return the key of `TROUBLES` for an error of a mail library."""
    match error:
        case LoginRefused() | aiosmtplib.SMTPAuthenticationError():
            return "login"
        case NoFolder():
            return "folder"
        case ssl.SSLCertVerificationError():
            return "certificate"
        case ssl.SSLError() | aiosmtplib.SMTPNotSupported():
            return "tls"
    if error is not None and "certificate" in str(error).lower():
        return "certificate"
    if error is not None and ("STARTTLS" in str(error) or "TLS not supported" in str(error)):
        return "tls"
    cause = error.__cause__ if error is not None else None
    return code_of(cause) if cause is not None else "network"


async def problems_of(config: MailConfig, thread: Executor, trouble: str) -> list[str]:
    """Log in to both servers; return one sentence per problem."""
    receiving, sending = await asyncio.gather(_receiving(config, thread), _sending(config))
    problems = receiving + sending
    return problems or ([trouble] if trouble else [])


async def _receiving(config: MailConfig, thread: Executor) -> list[str]:
    box = Box(config)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(thread, box.open), PATIENCE_SECONDS)
    except (LoginRefused, NoFolder, *IMAP_ERRORS) as error:
        return [TROUBLES[code_of(error)]]
    else:
        return [] if box.can_idle else [NO_IDLE]
    finally:
        await asyncio.get_running_loop().run_in_executor(thread, box.close)


async def _sending(config: MailConfig) -> list[str]:
    try:
        await asyncio.wait_for(Post(config).check(), PATIENCE_SECONDS)
    except LIBRARY_ERRORS as error:
        return [SENDING[code_of(error)]]
    return []
