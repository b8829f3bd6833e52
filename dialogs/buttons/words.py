"""Recognise typed words that mean a button.

Only whole messages count: a description that mentions a dispatcher is no command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from language.keyboard_layout import russian
from language.questions import normalised

_CLAUSE, _LATIN_ONLY = re.compile(r"[,.!?;\n]"), re.compile(r"[a-z0-9 ]*[a-z][a-z0-9 ]*")
_NUMBER = re.compile(r"[1-9][0-9]?")
MOST_WORDS = 7  # a longer message is a story, not a command

_PHRASES: Mapping[str, str] = {
    "menu": "/start|/menu|main menu|/help|start|menu|help|меню|главное меню|в меню|старт|начать|помощь|справка"
    "|что ты умеешь"
    "|что вы умеете|на главную|домой",
    "report": "сообщить о проблеме|make a request|новая заявка|подать заявку|оставить заявку|создать заявку|заявка"
    "|проблема"
    "|сделать заявку|хочу оставить заявку|хочу подать заявку|report a problem|new request|/report",
    "status": "мои заявки|статус|статус заявки|статус моей заявки|заявки|что с моей заявкой|где моя заявка"
    "|проверить заявку|my requests|status|/status|как моя заявка|когда выполнят заявку|что по моей заявке"
    "|что с заявкой|какой статус моей заявки|какой статус заявки|какой статус|что там с моей заявкой",
    "faq": "частые вопросы|ask a question|вопросы|задать вопрос|вопрос|спросить|у меня вопрос|есть вопрос|faq|ask"
    "|questions|/faq|/question",
    "operator": "диспетчер|позвать диспетчера|оператор|человек|живой человек|позовите человека|специалист|сотрудник"
    "|менеджер|call a dispatcher|dispatcher|operator|human|agent|/operator|/dispatcher|позовите диспетчера"
    "|позовите оператора|соедините с оператором|соедините с диспетчером",
    "open": "все равно оформить|все равно оформить заявку|оформить все равно|оформите все равно|open a request anyway",
    "back": "назад|вернуться|шаг назад|back|/back|обратно",
    "cancel": "отмена|отменить|отмени|стоп|прекратить|cancel|stop|/cancel|/stop|не надо|передумал|передумала"
    "|не хочу отправлять|не отправляй|не отправляйте|не хочу оформлять",
    "add": "дополнить заявку|добавить к заявке|add to the request|дополнить",
    "drop": "отменить заявку|cancel the request|отмените заявку|отмени заявку|отменить мою заявку"
    "|отмените мою заявку|снимите заявку"
    "|заявка больше не нужна|cancel my request",
    "forget": "удалить мои данные|удалите мои данные|удали мои данные|забудь меня|забудьте меня|delete my data"
    "|/delete|удалить данные|отозвать согласие|отзываю согласие|стереть мои данные",
    "unsubscribe": "отписаться|отписка|отпишите меня|не присылайте объявления|не присылать объявления|unsubscribe"
    "|не хочу получать объявления",
    "subscribe": "подписаться|присылайте объявления|хочу получать объявления|subscribe",
    "policy": "политика|политика конфиденциальности|policy|подробнее|/privacy",
    "continue": "продолжить|continue|продолжаем|согласен|согласна|принимаю|дальше",
    "no-phone": "без телефона|нет телефона|телефона нет|телефон не дам|no phone",
    "no-photo": "без фото|нет фото|фото нет|фото не будет|no photo",
    "skip": "пропустить|пропусти|не скажу|skip|не нужно|потом|далее",
    "done": "готово|все|это все|хватит|done|больше нет",
    "confirm": "отправить|отправить заявку|отправьте заявку|оформить заявку|send the request|send request"
    "|подтвердить|подтверждаю|все верно|верно|все правильно|правильно|оформить|send|confirm"
    "|отправляй|отправляйте",
    "keep": "оставить как написано|оставить как есть|как написано|keep as written",
    "flat:none": "не в квартире|без квартиры|общий дом|нет квартиры|частный дом|в подъезде|not in a flat|квартиры нет",
    "addr:last": "тот же|тот же адрес|адрес тот же|прежний адрес|same address|по тому же адресу",
    "phone:last": "тот же номер|номер тот же|тот же телефон|телефон тот же|same number|прежний номер",
    "house:none": "нет в списке|another house|другой дом|другой адрес|не тот|not in the list",
    "edit": "изменить|исправить|edit|change|поправить|неверно|неправильно|есть ошибка",
    "edit:address": "изменить адрес|исправить адрес|change address|другой адрес дома|неверный адрес|адрес неверный",
    "edit:apartment": "изменить квартиру|исправить квартиру|change flat|изменить номер квартиры",
    "edit:phone": "изменить телефон|исправить телефон|изменить номер|change phone|изменить номер телефона",
    "edit:problem": "изменить проблему|исправить проблему|изменить описание|исправить описание|change problem"
    "|изменить текст",
    "edit:photo": "изменить фото|добавить фото|изменить фотографии|change photo|удалить фото|add a photo",
    "channels": "мессенджеры|мои мессенджеры|другой мессенджер|другие мессенджеры|мои каналы|messengers|/channels",
    "link:code": "код|получить код|привязать другой мессенджер|привязать мессенджер|связать мессенджеры|code|/link"
    "|get a code|link another messenger",
    "link:enter": "ввести код|у меня есть код|есть код|enter a code",
    "push": "куда присылать ответы|куда присылать|куда приходят ответы|where to send answers|/push",
    "take": "продолжить здесь|go on here",
    "take-no": "нет не нужно|no leave it",
    "kind:other": "другое|что-то другое|something else|other|ничего из этого",
    "drop-no": "нет оставить|оставить|не отменять|no keep it",
    "drop-yes": "да отменить|yes cancel it",
    "forget-yes": "да удалить|yes delete",
    "safe": "все в порядке|все хорошо|опасности нет|ложная тревога|all is well|i am safe",
    "resume": "продолжить заявку|continue my report",
    "solved": "решена|да решена|да помогло|yes solved|yes it helped|все сделали|сделали|решено|проблема решена"
    "|помогло|исправлено|все исправили|solved",
    "unsolved": "не решена|нет не решена|no not solved|проблема вернулась|the problem is back|нет не помогло"
    "|не решено|проблема не решена|не помогло|не исправлено|ничего не сделали|not solved",
    "yes": "да|ага|угу|конечно|ок|окей|ok|okay|yes|хорошо|так|ладно|да да|давай|давайте|правильно да|да верно|+",
    "no": "нет|неа|не|no|не согласен|не согласна|нет спасибо|-",
    "hello": "привет|здравствуйте|здравствуй|добрый день|добрый вечер|доброе утро|доброй ночи|приветствую|hello|hi"
    "|здрасте|добрый|доброго дня|hey|доброго времени суток|приветик|салют|good morning|good evening|ку",
    "thanks": "спасибо|благодарю|спасибо большое|большое спасибо|спс|thanks|thank you|огромное спасибо|ясно спасибо"
    "|понятно|понял|поняла|до свидания|хорошо спасибо|спасибо за помощь|пока|всего доброго|понятно спасибо|bye",
}
_VALUES: dict[str, str] = {
    phrase: value for value, phrases in reversed(list(_PHRASES.items())) for phrase in phrases.split("|")
}


def _unsigned(text: str) -> str:
    """Return a text without soft and hard signs, which Latin letters lose: "otpravit zayavku"."""
    return text.replace("ь", "").replace("ъ", "")


_UNSIGNED = {_unsigned(phrase): value for phrase, value in _VALUES.items()}

# "позовите, пожалуйста, живого человека", "хочу поговорить с оператором"; "не хочу с ботом разговаривать"
_ALONE = re.compile(
    r"^(живой|живого|живым)?\s*(диспетчер|оператор|человек)\w*(\s(давай|давайте|сюда|срочно|быстро|мне))*$"
)
_NO_ROBOT = re.compile(r"\b(с|со)\s(робот|бот|машин|автомат)\w*\b.*\b(разговар|общат|говор|пис)|\bне\s(робот|бот)\w*$")
_PERSON = re.compile(
    r"\b(позов|позват|соедин|переключ|переведи|свяж|связат|нужен|нужна|хочу|можно|дай|вызов|вызват|пригласи)\w*"
    r"(\s\w+){0,3}\s(диспетчер|оператор|человек|специалист|сотрудник|менеджер)\w*$"
)
_POLITE = frozenset({"пожалуйста", "плиз", "please", "пж", "же", "ну", "а", "ой", "и"})


def meaning(text: str) -> str:
    """Return the value that a whole message means: of a button, or yes, no, hello, thanks; '': it means none."""
    plain = normalised(text)
    if not plain or len(plain) > 80:
        return ""
    if (value := _VALUES.get(plain)) is not None:
        return value
    if _LATIN_ONLY.fullmatch(plain) and (repaired := normalised(russian(text))) != plain:
        return meaning(repaired) or _UNSIGNED.get(_unsigned(repaired), "")
    words = [word for word in plain.split() if word not in _POLITE]
    if (value := _VALUES.get(" ".join(words))) is not None:
        return value
    if _wants_a_person(text, words):
        return "operator"
    if 1 < len(words) <= 3 and words[-1] in ("отмена", "отменить", "отмени"):  # "не то, отмена"
        return "cancel"
    return _greeting(words)


def is_button(text: str) -> bool:
    """Say whether a message consists of the words of a button."""
    return normalised(text) in _VALUES


def _wants_a_person(text: str, words: list[str]) -> bool:
    """Say whether the resident asks for a person: in a short message, or in the first clause of a longer one.

    words: those of the text without the polite ones.
    """
    message = " ".join(words)
    if _NO_ROBOT.search(message):
        return True
    clause = normalised(_CLAUSE.split(text, maxsplit=1)[0])
    clause = " ".join(word for word in clause.split() if word not in _POLITE)
    return any(
        part and len(part.split()) <= MOST_WORDS and bool(_PERSON.search(part) or _ALONE.search(part))
        for part in (message, clause)
    )


def _greeting(words: list[str]) -> str:
    """Return "thanks" for thanks with a few words around them ("спасибо, диспетчер Ирина"), else ''."""
    if 1 < len(words) <= 3:
        for start in (words[0], " ".join(words[:2])):
            if (value := _VALUES.get(start)) == "thanks":
                return value
    return ""


def number(text: str) -> int:
    """Return the number that a message consists of, 1..99; 0: it is no number."""
    plain = normalised(text)
    return int(plain) if _NUMBER.fullmatch(plain) else 0
