"""From what a dialog says to what a channel can carry: texts, buttons or numbered lists, split parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from channels.contract import Button, ButtonRows, Capabilities
from dialogs.turn import Say

Render = Callable[[str, Mapping[str, object]], str]

ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"[.!?…]+[»\")]*\s"), re.compile(r"\s"))
MAX_BUTTON_LABEL = 60
MAX_NOTE = 160  # characters of a remark that is said together with what follows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message as it goes into the log and the outbox."""

    text: str
    buttons: ButtonRows
    ask: str
    priority: int
    silent: bool
    ticket: str = ""  # number of the ticket it is about
    edit: bool = False


def render_turn(says: Sequence[Say], capabilities: Capabilities, text_of: Render) -> list[Part]:
    """Turn what one step says into messages; a short remark stands above the question that follows it."""
    if capabilities.letters and says:
        return [_letter([part for say in says for part in render(say, capabilities, text_of)])]
    parts: list[Part] = []
    for say in says:
        fresh = render(say, capabilities, text_of)
        if parts and _is_note(parts[-1]) and len(fresh) == 1 and fresh[0].priority == parts[-1].priority:
            fresh = [replace(fresh[0], text=f"{parts.pop().text}\n{fresh[0].text}")]
        parts += fresh
    return parts


def _letter(parts: Sequence[Part]) -> Part:
    """Join what a turn says into one message: the most urgent part gives its priority, the last its buttons."""
    number = next((part.ticket for part in parts if part.ticket), "")
    text = parts[0].text + "".join(("\n" if _is_item(part) else "\n\n") + part.text for part in parts[1:])
    return replace(parts[-1], text=text, priority=min(part.priority for part in parts), ticket=number, edit=False)


def _is_item(part: Part) -> bool:
    return part.text.startswith("– ")


def _is_note(part: Part) -> bool:
    return not part.buttons and not part.ask and len(part.text) <= MAX_NOTE and "\n" not in part.text


def render(say: Say, capabilities: Capabilities, text_of: Render) -> list[Part]:
    """Turn one `Say` into the messages of a channel with these limits, in sending order; never empty.

    Buttons stand under the last part. A channel without buttons gets the same choices as a numbered list; one that
    brings no answer back gets none.
    """
    text = text_of(say.key, say.args)
    buttons = tuple(tuple(labelled(button, text_of) for button in row) for row in say.buttons if row)
    if capabilities.one_way:
        buttons = ()
    if capabilities.buttons == 0 and buttons:
        text, buttons = f"{text}\n\n{numbered(buttons)}", ()
    buttons = first_buttons(buttons, capabilities.buttons)
    *first, last = split_text(text, capabilities.text_length)
    plain = [Part(text=part, buttons=(), ask="", priority=say.priority, silent=say.silent) for part in first]
    number = str(say.args.get("number", ""))
    end = Part(text=last, buttons=buttons, ask=say.ask, priority=say.priority, silent=say.silent, ticket=number)
    return [*plain, replace(end, edit=say.edit and not plain)]


def labelled(button: Button, text_of: Render) -> Button:
    """A label that starts with "=" is literal, any other is a text key."""
    label = button.label[1:] if button.label.startswith("=") else text_of(button.label, {})
    return Button(label if len(label) <= MAX_BUTTON_LABEL else label[: MAX_BUTTON_LABEL - 1] + "…", button.value)


def numbered(buttons: ButtonRows) -> str:
    flat = [button.label for row in buttons for button in row]
    return "\n".join(f"{number}. {label}" for number, label in enumerate(flat, 1))


def first_buttons(buttons: ButtonRows, most: int) -> ButtonRows:
    """Keep as many rows as fit into `most` buttons."""
    kept: list[tuple[Button, ...]] = []
    for row in buttons:
        if sum(map(len, kept)) + len(row) > most:
            break
        kept.append(row)
    return tuple(kept)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, most: int) -> list[str]:
    """Cut a text at paragraphs, else sentences, else words, else anywhere; each part is ≤ `most` UTF-16 units.

    Returns at least one part; parts are stripped and none but a lone one is empty.
    """
    parts: list[str] = []
    rest = text.strip()
    while utf16_length(rest) > most:
        end = _cut_at(rest, most)
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
    return [part for part in [*parts, rest] if part] or [""]


def _cut_at(text: str, most: int) -> int:
    """Return where a part ends: as late as it fits, but not before its middle except for want of a better place."""
    window = _fitting(text, most)
    for ends in ENDS:
        if places := [end.end() for end in ends.finditer(text, window // 2, window + 1) if end.end() <= window]:
            return places[-1]
    return max(window, 1)


def _fitting(text: str, most: int) -> int:
    """Return how many characters, whole pairs of surrogates, are at most `most` UTF-16 units."""
    units = 0
    for number, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > most:
            return number
    return len(text)
