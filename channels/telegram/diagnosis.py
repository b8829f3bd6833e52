"""Diagnosis of the Telegram channel: each problem as a sentence for the administrator, with its remedy."""

from __future__ import annotations

from channels.telegram.api import BotApi
from channels.telegram.config import TelegramConfig
from channels.telegram.errors import LIBRARY_ERRORS, as_send_error

TROUBLES = {
    "unauthorized": "Telegram не знает этого токена. Возьмите токен у @BotFather (команда /token) и задайте его в "
    "DOMOVOY_CHANNELS__TELEGRAM__TOKEN.",
    "conflict": "Сообщения этого бота забирает другая программа. Остановите её: с одним токеном работает только одна; "
    "если такой программы нет, смените токен у @BotFather (команда /revoke).",
    "throttled": "Telegram просит подождать: слишком много запросов. Пройдёт само.",
    "network": "Нет связи с Telegram. Проверьте сеть, channels.telegram.api_base и channels.telegram.proxy.",
    "unknown": "Telegram не отвечает или обрывает связь. Проверьте сеть, channels.telegram.api_base и "
    "channels.telegram.proxy.",
}
PENDING_MANY = 100


def trouble_of(code: str) -> str:
    """Return one sentence for the code of a failure; empty for a failure that is not Telegram's."""
    return TROUBLES.get(code, "Telegram отклоняет запросы бота. Подробности в журнале." if code == "rejected" else "")


async def problems_of(api: BotApi, config: TelegramConfig, trouble: str) -> list[str]:
    """Ask Telegram for the bot and the state of its webhook; return one sentence per problem."""
    try:
        me = await api.me()
        webhook = await api.webhook_info()
    except LIBRARY_ERRORS as error:
        return [trouble_of(as_send_error(error).code)]
    problems = [trouble] if trouble else []
    if str(me.id) != config.bot_id:
        problems.append("По адресу channels.telegram.api_base отвечает другой бот. Проверьте адрес.")
    if config.webhook_url and webhook.url == config.webhook_url and webhook.last_error_message:
        problems.append(
            "Telegram не смог вызвать channels.telegram.webhook_url: "
            f"{webhook.last_error_message[:200]}. Проверьте адрес, сертификат и доступность сервера снаружи."
        )
    if webhook.url and webhook.url != config.webhook_url and config.webhook_url:
        problems.append("В Telegram задан другой адрес вебхука; при запуске программа заменит его своим.")
    if (webhook.pending_update_count or 0) > PENDING_MANY:
        problems.append(f"В Telegram ждут {webhook.pending_update_count} непринятых событий. Запущена ли программа?")
    return problems
