"""Diagnosis of the VK channel: each problem as a sentence for the administrator, with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.vk.api import VkApi
from channels.vk.config import VkConfig
from channels.vk.errors import LIBRARY_ERRORS, BadAnswerError, read_error
from channels.vk.incoming import NEEDED_EVENTS

TROUBLES = {
    "unauthorized": "ВКонтакте не принимает ключ доступа. Создайте новый: «Управление → Работа с API → Ключи доступа», "
    "и задайте его в DOMOVOY_CHANNELS__VK__TOKEN.",
    "throttled": "ВКонтакте просит подождать: слишком много запросов. Пройдёт само.",
    "network": "Нет связи с ВКонтакте. Проверьте сеть и channels.vk.api_base.",
    "unknown": "ВКонтакте не отвечает или обрывает связь. Проверьте сеть и channels.vk.api_base.",
    "rejected": "ВКонтакте отклоняет запросы. Чаще всего у ключа нет прав «сообщения» и «управление сообществом», "
    "или неверен channels.vk.group_id.",
}
RIGHTS = {
    "messages": "сообщения сообщества",
    "photos": "фотографии",
    "docs": "файлы",
    "manage": "управление сообществом",
}
TICKS = {
    "message_new": "входящее сообщение",
    "message_allow": "разрешение на получение",
    "message_deny": "запрет на получение",
    "message_edit": "редактирование сообщения",
}
SERVER_STATES = {
    "failed": "ВКонтакте не смог вызвать channels.vk.callback_url. Проверьте, виден ли адрес снаружи и верен ли "
    "сертификат, и нажмите «Подтвердить» на странице «Callback API».",
    "unconfigured": "Адрес на странице «Callback API» не подтверждён. Запустите программу и нажмите там «Подтвердить».",
    "wait": "ВКонтакте ещё проверяет channels.vk.callback_url. Подождите минуту и повторите проверку.",
}


def trouble_of(code: str) -> str:
    """Return one sentence for the code of a failure; empty for a failure that is not VK's."""
    return TROUBLES.get(code, "")


async def screen_name_of(api: VkApi, group_id: int) -> str:
    """Return the community's short name. Raises one of `errors.LIBRARY_ERRORS`."""
    return str((await _community(api, group_id)).get("screen_name") or f"club{group_id}")


async def confirmation_of(api: VkApi, group_id: int) -> str:
    """Return the string by which VK confirms a callback server. Raises one of `errors.LIBRARY_ERRORS`."""
    answer = await api.call("groups.getCallbackConfirmationCode", {"group_id": group_id})
    code = answer.get("code") if isinstance(answer, Mapping) else None
    if not isinstance(code, str) or not code:
        raise BadAnswerError(200, "no confirmation code")
    return code


async def problems_of(api: VkApi, config: VkConfig, trouble: str) -> list[str]:
    """Ask VK for the community, our rights and the event settings; return one sentence per problem."""
    try:
        community = await _community(api, config.group_id)
        missing = await _missing_rights(api)
    except LIBRARY_ERRORS as error:
        return [trouble_of(read_error(error).code) or TROUBLES["rejected"]]
    problems = [trouble] if trouble else []
    if community.get("id") != config.group_id:
        problems.append("Ключ доступа выдан другим сообществом. Проверьте channels.vk.group_id и ключ.")
    if missing:
        names = ", ".join(f"«{RIGHTS[name]}»" for name in missing)
        problems.append(f"У ключа доступа нет прав: {names}. Создайте новый ключ и отметьте их.")
    try:
        receiving = await (_callback_problems(api, config) if config.callback_url else _poll_problems(api, config))
    except LIBRARY_ERRORS as error:
        return [*problems, trouble_of(read_error(error).code) or TROUBLES["rejected"]]
    return problems + receiving


async def _community(api: VkApi, group_id: int) -> Mapping[str, Any]:
    answer = await api.call("groups.getById", {"group_id": group_id, "fields": "screen_name"})
    groups = answer.get("groups") if isinstance(answer, Mapping) else answer
    if not isinstance(groups, list) or not groups or not isinstance(groups[0], Mapping):
        raise BadAnswerError(200, "no community")
    return groups[0]


async def _missing_rights(api: VkApi) -> list[str]:
    answer = await api.call("groups.getTokenPermissions", {})
    permissions = answer.get("permissions") if isinstance(answer, Mapping) else None
    given = (
        {permission.get("name") for permission in permissions if isinstance(permission, Mapping)}
        if isinstance(permissions, list)
        else ()
    )
    return [name for name in RIGHTS if name not in given]


async def _poll_problems(api: VkApi, config: VkConfig) -> list[str]:
    settings = await _asked(api, "groups.getLongPollSettings", config)
    if not settings.get("is_enabled"):
        return ["Long Poll выключен. Включите: «Управление → Работа с API → Long Poll API», версия 5.199."]
    return _missing_ticks(settings.get("events"), "Long Poll API")


async def _callback_problems(api: VkApi, config: VkConfig) -> list[str]:
    """Check the confirmation string, and the status, secret and event settings of our callback server."""
    problems = []
    if config.confirmation and config.confirmation != await confirmation_of(api, config.group_id):
        problems.append(
            "channels.vk.confirmation не та, что на странице «Callback API». Впишите новую или оставьте пустой: "
            "тогда программа спросит её сама."
        )
    items = (await _asked(api, "groups.getCallbackServers", config)).get("items")
    servers = items if isinstance(items, list) else []
    ours = next((server for server in servers if _url_of(server) == config.callback_url.rstrip("/")), None)
    if ours is None:
        return [*problems, "На странице «Callback API» нет сервера с адресом channels.vk.callback_url. Добавьте его."]
    if state := SERVER_STATES.get(str(ours.get("status"))):
        problems.append(state)
    if ours.get("secret_key") != config.callback_secret:
        problems.append("Секретный ключ на странице «Callback API» не совпадает с channels.vk.callback_secret.")
    settings = await _asked(api, "groups.getCallbackSettings", config, server_id=int(ours.get("id") or 0))
    return problems + _missing_ticks(settings.get("events"), "Callback API")


async def _asked(api: VkApi, method: str, config: VkConfig, **more: int) -> Mapping[str, Any]:
    answer = await api.call(method, {"group_id": config.group_id, **more})
    if not isinstance(answer, Mapping):
        raise BadAnswerError(200, "no object")
    return answer


def _url_of(server: object) -> str:
    return str(server.get("url")).rstrip("/") if isinstance(server, Mapping) else ""


def _missing_ticks(events: object, page: str) -> list[str]:
    ticked = events if isinstance(events, Mapping) else {}
    missing = [TICKS[name] for name in NEEDED_EVENTS if not ticked.get(name)]
    if not missing:
        return []
    names = ", ".join(f"«{name}»" for name in missing)
    return [f"Не отмечены события: {names}. Отметьте их: «Управление → Работа с API → {page} → Типы событий»."]
