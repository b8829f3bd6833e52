"""Extract the new part of a mail, without the quoted mail and the signature. Pure.

The patterns cover the quoting of Yandex, Mail.ru, Gmail, Thunderbird, Outlook, iOS and Android in Russian. If nothing
would be left, the whole text stays. A forward is content and stays whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.mail.parsing.html_text import QUOTE_MARK, without_marks

MONTH = r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?"
DATE = rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}\s+{MONTH}|{MONTH}\s+\d{{1,2}})"
TIME = r"\d{1,2}[:.]\d{2}"
WROTE = r"(?:пишет|писал(?:\(?а\)?)?|написал(?:\(?а\)?)?|wrote)"
ATTRIBUTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^.{{0,40}}{DATE}.{{0,200}}{WROTE}\s*:?\s*$",  # Thunderbird, iOS, Gmail: "12.11.2025 14:03, Имя пишет:"
        rf"^.{{0,40}}{DATE}.{{0,40}}{TIME}.{{0,160}}<?[^\s<>]+@[^\s<>]+>?\s*(?:\(.*\))?\s*:\s*$",  # Yandex, Gmail
        rf"^.{{0,30}}{DATE}.{{0,40}}{TIME}.{{0,30}}\s+от\s+.{{1,160}}:\s*$",  # Mail.ru
        rf"^.{{1,120}}<[^\s<>]+@[^\s<>]+>\s*{WROTE}\s*:?\s*$",
        rf"^(?:On|Le|Am)\s.{{0,40}}{DATE}.{{0,200}}wrote:\s*$",
        rf"^Вы писали\s.{{0,60}}{DATE}.{{0,40}}:\s*$",  # The Bat!
    )
)
ORIGINAL = re.compile(
    r"^[\s>]*[-_*=]{2,}\s*(исходное сообщение|original message|исходное письмо)\s*[-_*=]{2,}\s*$", re.IGNORECASE
)
FORWARD = re.compile(
    r"^\s*[-_*=]{2,}\s*(пересылаемое сообщение|пересланное сообщение|forwarded message|пересылаемое письмо|"
    r"переадресованное сообщение|конец пересылаемого сообщения)\b.{0,40}$"
    r"|^\s*(начало (?:переадресованного|пересылаемого) сообщения|begin forwarded message)\s*:?\s*$",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(r"^\s*(fwd?|fw|пр|пересл|отпр)\s*:", re.IGNORECASE)
HEADER = re.compile(
    r"^[\s>*]*(от|отправлено|дата|кому|копия|тема|from|sent|date|to|cc|subject)\*?\s*:\*?\s*(.*)$", re.IGNORECASE
)
FROM, WHEN = ("от", "from"), ("отправлено", "дата", "sent", "date")
RULE = re.compile(r"^\s*[_\-=—–]{5,}\s*$")
DASHES = re.compile(r"^\s*--\s?$")
SENT_FROM = re.compile(
    r"^\s*(отправлено (?:с|из|от|через|при помощи)\s|отправлено мобильной|sent from\s|sent via\s|"
    r"get outlook for|скачать outlook для|получить outlook|получите outlook|послано с)\W*.{0,90}$",
    re.IGNORECASE,
)
REGARDS = re.compile(
    r"^\s*(с\s+(?:глубоким\s+|большим\s+|искренним\s+)?уважением|с\s+наилучшими(?:\s+пожеланиями)?|"
    r"best regards|kind regards|regards)\b[\s,.!:]*(.{0,80})$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[а-яё]{2,}\s+[а-яё]{2,}\s+[а-яё]{2,}.*[.!?]$")
REGARDS_WITHIN = 8  # lines from the end
SIGNATURE_LINES = 15
WRAPPED = 3  # lines that an attribution may span


@dataclass(frozen=True, slots=True)
class Reply:
    """text: the new part. had_quote: a quoted mail was removed. empty: the mail held nothing but a quote.

    signature: the writer's own, removed from `text`.
    """

    text: str
    had_quote: bool = False
    empty: bool = False
    signature: str = ""


def new_part(text: str, subject: str = "") -> Reply:
    """Return the new part of a mail's text. Line breaks stay; both ends are stripped."""
    whole = without_marks(text).strip()
    lines = text.split("\n")
    if FORWARD_SUBJECT.match(subject) or _begins_with_forward(lines):
        return Reply(whole)
    unquoted, had_quote = without_quotes(lines)
    short, signature = apart(unquoted)
    left = "\n".join(short).strip()
    if left:
        return Reply(re.sub(r"\n{3,}", "\n\n", left), had_quote, signature="\n".join(signature).strip())
    unsigned = "\n".join(unquoted).strip()
    return Reply(unsigned or whole, had_quote, empty=had_quote)


def _begins_with_forward(lines: list[str]) -> bool:
    content = [line for line in lines if line.strip() and line.strip() != QUOTE_MARK]
    return bool(content) and bool(FORWARD.match(content[0]))


def without_quotes(lines: list[str]) -> tuple[list[str], bool]:
    """Return the lines that are not quoted, and whether any line was quoted."""
    unquoted: list[str] = []
    cut = False
    number = 0
    while number < len(lines):
        if FORWARD.match(lines[number]):  # keep everything below: the report may be in it
            unquoted += [line for line in lines[number:] if line.strip() != QUOTE_MARK]
            break
        length = opens_quote(lines, number)
        if not length:
            if lines[number].lstrip().startswith(">"):
                cut = True
            else:
                unquoted.append(lines[number])
            number += 1
            continue
        cut = True
        if not _is_marked(lines, number + length):
            break  # everything below is the quoted mail
        number += length
    return unquoted, cut


def opens_quote(lines: list[str], number: int) -> int:
    """Return the number of lines in the head of a quoted mail that begins here; 0: none begins."""
    line = lines[number]
    if line.strip() == QUOTE_MARK:
        following = [candidate for candidate in lines[number + 1 :] if candidate.strip()][:2]
        return 0 if any(map(FORWARD.match, following)) else 1
    if ORIGINAL.match(line):
        return 1
    if RULE.match(line) and is_head(lines, number + 1):
        return 1
    if is_head(lines, number):
        return 1
    joined = ""
    for length in range(1, WRAPPED + 1):
        if number + length > len(lines) or not lines[number + length - 1].strip(" >"):
            return 0
        joined = f"{joined} {lines[number + length - 1].strip(' >')}".strip()
        if len(joined) < 400 and any(pattern.match(joined) for pattern in ATTRIBUTIONS):
            return length
        if len(lines[number + length - 1]) < 25:
            return 0  # a short line is not wrapped
    return 0


def is_head(lines: list[str], start: int) -> bool:
    """Whether a mail head as Outlook quotes it begins here.

    A head has at least two fields, one of them the sender, and a date or an address. "От: Ивановой М. И." and "Кому:
    директору" begin many paper letters and are not a head.
    """
    fields: dict[str, str] = {}
    for line in lines[start : start + 7]:
        match = HEADER.match(line)
        if not match:
            break
        fields[match[1].lower()] = match[2]
    sender = next((fields[name] for name in FROM if name in fields), None)
    if sender is None or len(fields) < 2:
        return False
    dated = any(re.search(rf"{DATE}|{TIME}|\d{{4}}", fields[name], re.IGNORECASE) for name in WHEN if name in fields)
    return dated or "@" in sender


def _is_marked(lines: list[str], start: int) -> bool:
    """Whether the lines of the quoted mail that begins here have ``>``, so that the other lines are new."""
    for line in lines[start:]:
        if line.strip() and line.strip() != QUOTE_MARK:
            return line.lstrip().startswith(">")
    return False


def apart(lines: list[str]) -> tuple[list[str], list[str]]:
    """Split into text and signature. Lines that a mail program adds about itself are dropped."""
    lines = _stripped(lines)
    signature: list[str] = []
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - SIGNATURE_LINES), -1):
        if DASHES.match(lines[number]):
            lines, signature = _stripped(lines[:number]), lines[number + 1 :]
            break
    while lines and SENT_FROM.match(lines[-1]):
        lines = _stripped(lines[:-1])
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - REGARDS_WITHIN), -1):
        if REGARDS.match(lines[number]) and _is_signature(lines[number:]):
            return _stripped(lines[:number]), [*lines[number:], *signature]
    return lines, signature


def _is_signature(lines: list[str]) -> bool:
    """Whether all lines are short. A sentence after the closing words was added by the resident."""
    return all(len(line) <= 80 and not SENTENCE.search(line) for line in lines[1:])


def _stripped(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
