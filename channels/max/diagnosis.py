"""Diagnosis of the MAX channel: each problem as a sentence for the administrator, with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from channels.max.api import MaxApi
from channels.max.config import MaxConfig
from channels.max.errors import LIBRARY_ERRORS, as_send_error, is_conflict, is_untrusted
from channels.max.outgoing import Json
from channels.max.webhook import is_stale

TROUBLES = {
    "unauthorized": "MAX не знает этого токена. Возьмите токен на business.max.ru (Чат-боты → ⋮ → Настройки) и задайте "
    "его в DOMOVOY_CHANNELS__MAX__TOKEN.",
    "untrusted": "Сертификат сервера MAX подписан корнем, которому программа не доверяет. Скачайте корневой сертификат "
    "Минцифры (Russian Trusted Root CA) на gosuslugi.ru/crt и укажите файл в channels.max.ca_file.",
    "conflict": "Опрашивать MAX нельзя, пока у бота есть вебхук. Его ставит другая программа: остановите ту.",
    "throttled": "MAX просит подождать: слишком много запросов. Пройдёт само.",
    "network": "Нет связи с MAX. Проверьте сеть, channels.max.api_base и channels.max.proxy.",
    "unknown": "MAX не отвечает или обрывает связь. Проверьте сеть, channels.max.api_base и channels.max.proxy.",
    "resubscribed": "MAX отписал вебхук (так бывает, когда адрес 8 часов не отвечает); программа подписалась снова. "
    "События за это время могли пропасть. Проверьте, что channels.max.webhook_url открывается снаружи.",
    "denied": "MAX отклоняет все отправки (chat.denied). Скорее всего, бот ещё не прошёл модерацию: посмотрите его "
    "состояние на business.max.ru.",
}
DENIED_MANY = 5  # consecutive refused sends that residents who stopped the bot no longer explain


def code_of(error: Exception) -> str:
    """Return the key of `TROUBLES` for a failed request, or another code of `SendError`."""
    if is_untrusted(error):
        return "untrusted"
    return "conflict" if is_conflict(error) else as_send_error(error).code


def trouble_of(code: str) -> str:
    """Return one sentence for the code of a failure; empty for a failure that is not MAX's."""
    refused = ("rejected", "not_found", "blocked_by_resident")
    return TROUBLES.get(code, "MAX отклоняет запросы бота. Подробности в журнале." if code in refused else "")


async def problems_of(api: MaxApi, config: MaxConfig, trouble: str) -> list[str]:
    """Ask MAX for the bot and its subscriptions; return one sentence per problem."""
    try:
        me = await api.me()
        subscribed = await api.subscriptions()
    except LIBRARY_ERRORS as error:
        return [trouble_of(code_of(error))]
    problems = [trouble] if trouble else []
    if me.get("is_bot") is False or not isinstance(me.get("user_id"), int):
        problems.append("По адресу channels.max.api_base отвечает не бот MAX. Проверьте адрес и токен.")
    if config.webhook_url:
        return problems + webhook_problems(config.webhook_url, subscribed)
    if config.is_official:
        problems.append(
            "Включён опрос, а MAX отвечает за него только при проверке: событий он хранит мало и отдаёт медленно. "
            "Для работы с жителями задайте channels.max.webhook_url."
        )
    if subscribed:
        problems.append("У бота есть подписка на вебхук; при запуске программа снимет её, чтобы опрашивать.")
    return problems


def webhook_problems(url: str, subscribed: Sequence[Json]) -> list[str]:
    others = [str(subscription.get("url")) for subscription in subscribed if subscription.get("url") != url]
    problems = []
    if len(others) == len(subscribed):
        problems.append(
            "MAX не вызывает channels.max.webhook_url: подписки на него нет. Программа подпишется сама в течение трёх "
            "минут после запуска; если замечание остаётся, проверьте, что адрес открывается снаружи."
        )
    hosts = sorted({urlsplit(other).hostname or "?" for other in others if not is_stale(other, url)})
    if hosts:
        problems.append(
            f"События этого бота MAX отправляет ещё и на {', '.join(hosts)[:200]}: жителю ответят дважды. Остановите "
            "ту программу или удалите её подписку."
        )
    return problems
