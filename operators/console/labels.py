"""Russian names of the codes that the database holds, for the pages of the console."""

from __future__ import annotations

from channels.registry import channel_titles, names_of
from tickets.lifecycle.types import Priority, Status

STATUSES: dict[str, str] = {
    Status.NEW: "Новая",
    Status.ASSIGNED: "Назначена",
    Status.IN_PROGRESS: "В работе",
    Status.WAITING: "Ожидание",
    Status.DONE: "Выполнена",
    Status.REOPENED: "Открыта снова",
    Status.CLOSED: "Закрыта",
    Status.CANCELLED: "Отменена",
}

# Labels of the buttons that bring a ticket into a status.
STATUS_ACTIONS: dict[str, str] = {
    Status.NEW: "Вернуть в новые",
    Status.ASSIGNED: "Назначена",
    Status.IN_PROGRESS: "Взять в работу",
    Status.WAITING: "Отложить",
    Status.DONE: "Выполнено",
    Status.REOPENED: "Открыть снова",
    Status.CLOSED: "Закрыть",
    Status.CANCELLED: "Отменить",
}

PRIORITIES: dict[str, str] = {Priority.EMERGENCY: "Авария", Priority.URGENT: "Срочная", Priority.NORMAL: "Обычная"}

# Where a message or a ticket came from: a channel, or a dispatcher.
CHANNELS: dict[str, str] = channel_titles() | {"phone": "Телефон", "console": "Пульт диспетчера"}

# Channels that may carry news of a ticket to a caller; "none": no news.
PUSHES: dict[str, str] = {
    **{name: CHANNELS[name] for name in names_of(lambda info: info.for_callers)},
    "none": "Не присылать",
}

WAIT_REASONS: dict[str, str] = {
    "asked": "житель просит диспетчера",
    "misunderstood": "бот не понял дважды",
    "address_unknown": "адрес не найден",
    "emergency": "авария",
    "declined_notice": "не принял уведомление о данных",
    "voice": "прислал голосовое сообщение",
}

AUTHORS: dict[str, str] = {"resident": "Житель", "bot": "Бот", "dispatcher": "Диспетчер"}

ACTORS: dict[str, str] = {"resident": "житель", "dispatcher": "диспетчер", "bot": "бот", "clock": "программа"}

TICKET_ACTIONS: dict[str, str] = {
    "ticket.opened": "Заявка создана",
    "ticket.assigned": "Назначен исполнитель",
    "ticket.status.changed": "Статус изменён",
    "ticket.visit.planned": "Назначен визит",
    "ticket.comment.added": "Комментарий",
    "ticket.file.added": "Добавлено фото",
    "ticket.details.updated": "Данные уточнены",
    "ticket.problem.changed": "Категория изменена",
    "ticket.follower.added": "Присоединился житель с той же проблемой",
    "ticket.term.told": "Житель извещён о сроке",
}

# Columns that an event names; the title and the category follow the problem and are not named beside it.
TICKET_FIELDS: dict[str, str] = {
    "house_id": "дом",
    "address": "адрес",
    "apartment": "квартира",
    "entrance": "подъезд",
    "floor": "этаж",
    "name": "имя",
    "phone": "телефон",
    "text": "описание",
    "problem": "проблема",
    "priority": "срочность",
    "react_due_ms": "срок реакции",
    "due_ms": "срок",
}

SEND_ERRORS: dict[str, str] = {
    "throttled": "канал просит подождать",
    "blocked_by_resident": "житель заблокировал бота",
    "not_found": "чат не найден",
    "rejected": "канал отклонил сообщение",
    "unauthorized": "канал не принимает наш ключ",
    "network": "нет связи с каналом",
    "unknown": "неизвестно, доставлено ли",
    "internal": "ошибка программы",
}

ROLES: dict[str, str] = {"dispatcher": "диспетчер", "manager": "старший диспетчер", "admin": "администратор"}
