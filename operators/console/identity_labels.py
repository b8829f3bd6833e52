"""Russian names for merges of residents and for channels that do not reach them."""

from __future__ import annotations

MERGE_REASONS: dict[str, str] = {
    "contact": "номер подтвердили оба канала",
    "code": "житель ввёл код",
    "dispatcher": "решил диспетчер",
}

MERGE_ERRORS: dict[str, str] = {
    "same": "Это и так один житель.",
    "unknown": "Такого объединения или диалога нет. Обновите страницу.",
    "undone": "Это объединение уже отменили. Обновите страницу.",
    "forgetting": "Один из жителей просил удалить данные, и работа по его заявке ещё не закончена. "
    "Закройте заявку и повторите через час.",
    "not_theirs": "Этот диалог уже не принадлежит жителю. Обновите страницу.",
}

UNREACHABLE: dict[str, str] = {"blocked": "заблокировал бота", "bounced": "письма не доходят"}
