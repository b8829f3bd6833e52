"""Decide who owns a phone in a text: the resident, a relative, or somebody else. Pure."""

from __future__ import annotations

import re

OWN, UNMARKED, RELATIVE, FOREIGN = range(4)  # owners, the likeliest to be the resident first

_CLAUSE = re.compile(r"[,;!?\n]|(?<=[а-яё]{4})\.\s", re.IGNORECASE)
# Somebody else's: "телефон соседки", "соседке", "звонил вам на". A neighbour mentioned elsewhere in the sentence does
# not count.
_PEOPLE = (
    r"(?:сосед\w*|слесар\w*|сантехник\w*|электрик\w*|мастер\w*|диспетчер\w*|авари\w+|ваш\w*|вам|ук|управля\w+|компани\w+"
    r"|жэк\w*|мчс|председател\w+|горяч\w+\s+лини\w+)"
)
_THEIRS = re.compile(
    rf"(?<![а-яё])(?:(?:тел|ном|сот|моб|контакт|звон|позвон)\w*[\s:.]+(?:\w+\s+){{0,2}}?{_PEOPLE}(?:\s+\w+){{0,2}}"
    r"|соседк?[еу]|соседям|(?:по)?звон(?:ил\w*|ю|им)(?:\s+\w+){0,3}?\s+(?:на|по)(?:\s+(?:номер|телефон)\w?)?"
    r"|(?:дозвон|набира)\w*(?:\s+\w+){0,4})[\s:.—–(+-]*$"
    r"|\(\s*сосед\w*$",
    re.IGNORECASE,
)
_RELATIVES = re.compile(
    r"(?<![а-яё])(?:муж\w{0,3}|жен[аеыуой]{1,2}|сын\w{0,3}|доч\w+|мам\w{1,2}|пап\w{1,2}|матер\w+|отец|отца|отцу|брат\w{0,2}"
    r"|сестр\w*|внук\w*|внучк\w*|бабушк\w*|дедушк\w*|родствен\w*|их|его|е[её])(?![а-яё])",
    re.IGNORECASE,
)
_MINE = re.compile(r"(?<![а-яё])(?:мой|моя|мо[её]|моему|моем|мне|меня|наш|сам|сама|лично)(?![а-яё])", re.IGNORECASE)
_BEHIND = re.compile(r"\s*[(—–-]\s*(?:это\s+)?([а-яё]+)", re.IGNORECASE)


def owner_of(text: str, start: int, end: int, before: int) -> int:
    """Return the owner of the phone at `start`: `OWN`, `UNMARKED`, `RELATIVE` or `FOREIGN`.

    The words before the phone decide, back to the character `before`, and a word in brackets behind it.
    """
    clause = text[max(before, start - 45) : start]
    cut = max((match.end() for match in _CLAUSE.finditer(clause)), default=0)
    words = clause[cut:]
    if behind := _BEHIND.match(text, end):
        words = f"{words} ({behind[1]}"
    for pattern, owner in ((_THEIRS, FOREIGN), (_RELATIVES, RELATIVE), (_MINE, OWN)):
        if pattern.search(words):
            return owner
    return UNMARKED
