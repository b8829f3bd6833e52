"""The words of people in a mail with forwarded mails: texts without heads and signatures. Pure."""

from __future__ import annotations

from channels.mail.parsing import quotes
from channels.mail.parsing.quotes import FORWARD, HEADER, ORIGINAL

DEEPEST = 5  # mails forwarded within forwarded ones


def people_text_of(text: str, subject: str, own: str) -> str:
    """Return the words above a forwarded mail and the words of that mail; '' when `text` contains no forward.

    Heads, signatures and quotes are left out. Our own forwarded mails are left out too, because their address and
    phone are the company's.

    Args:
        text: the new part of a mail, with the forwarded mail. own: our address; '': unknown.
    """
    lines = text.split("\n")
    start = _begins(lines, forwarded=bool(quotes.FORWARD_SUBJECT.match(subject)))
    if start is None:
        return ""
    parts = [lines[:start]]
    rest = lines[start:]
    for _ in range(DEEPEST):
        head, body = _head_and_body(rest)
        following = _begins(body, forwarded=False)
        inner = body if following is None else body[:following]
        if not (own and any(own.lower() in line.lower() for line in head[:3])):
            unquoted, _ = quotes.without_quotes(inner)
            parts.append(unquoted if any(line.strip() for line in unquoted) else inner)
        if following is None:
            break
        rest = body[following:]
    texts = ("\n".join(quotes.apart(part)[0]).strip() for part in parts)
    return "\n\n".join(part for part in texts if part)


def _begins(lines: list[str], *, forwarded: bool) -> int | None:
    """Return the line where a forwarded mail begins: its separator or, in a forward without one, its head."""
    for number, line in enumerate(lines):
        if FORWARD.match(line):
            return number
        if forwarded and (ORIGINAL.match(line) or quotes.is_head(lines, number)):
            return number
    return None


def _head_and_body(lines: list[str]) -> tuple[list[str], list[str]]:
    """Split a forwarded mail into separators with header lines, and the rest. A header may span two lines."""
    end, named = 0, False
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        length = 0 if named else quotes.opens_quote(lines, number)
        if FORWARD.match(line) or ORIGINAL.match(line) or quotes.RULE.match(line):
            end = number + 1
        elif HEADER.match(line) or _goes_on(lines, number):
            end, named = number + 1, True
        elif length:  # Yandex: "22.11.2026, 20:15, Жанна <…>:"
            return lines[: number + length], lines[number + length :]
        else:
            break
    return lines[:end], lines[end:]


def _goes_on(lines: list[str], number: int) -> bool:
    """Whether a line continues the header above it: the rest of an address in brackets."""
    return number > 0 and bool(HEADER.match(lines[number - 1])) and lines[number].rstrip().endswith(">")
