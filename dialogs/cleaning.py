"""Clean what a resident wrote: no control characters, no text longer than a dialog takes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from channels.contract import Form, Letter, Photo, Text, Unsupported
from dialogs.events import Event
from dialogs.letters.facts import subject_and_text
from language.invisible_characters import visible

MOST_TEXT = 4000  # characters taken of one message
MOST_SUBJECT = 200  # characters taken of a letter's subject

_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), 8203, 8288, 65279), " ")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An event with cleaned and shortened texts."""

    event: Event  # `Unsupported("empty")` when nothing is left of a text
    words: str = ""  # all words of the event, cleaned but not shortened
    was_cut: bool = False  # the event's text is shorter than `words`


def clean(event: Event) -> Cleaned:
    """Return an event with cleaned texts; an event without texts as it is."""
    match event:
        case Text(text):
            words = _visible_text(text)
            short = Text(words[:MOST_TEXT]) if words else Unsupported("empty")
            return Cleaned(short, words, len(words) > MOST_TEXT)
        case Photo(file, caption):
            words = _visible_text(caption)
            return Cleaned(Photo(file, words[:MOST_TEXT]), words, len(words) > MOST_TEXT)
        case Letter():
            return _clean_letter(event)
        case Form():
            return _clean_form(event)
    return Cleaned(event)


def _clean_letter(letter: Letter) -> Cleaned:
    words, said = _visible_text(letter.text), _visible_text(letter.said)
    short = dataclasses.replace(
        letter,
        text=words[:MOST_TEXT],
        subject=_visible_text(letter.subject)[:MOST_SUBJECT],
        said=said[:MOST_TEXT],
        signature=_visible_text(letter.signature)[:MOST_TEXT],
    )
    all_words = subject_and_text(dataclasses.replace(short, text=words, said=said))
    return Cleaned(short, all_words, len(words) > MOST_TEXT)


def _clean_form(form: Form) -> Cleaned:
    words = _visible_text(form.text)
    if not words:
        return Cleaned(Unsupported("empty"))
    fields = {name: _visible_text(getattr(form, name)) for name in ("address", "apartment", "name", "phone")}
    return Cleaned(Form(text=words[:MOST_TEXT], files=form.files, **fields), words, len(words) > MOST_TEXT)


def _visible_text(text: str) -> str:
    cleaned = visible(text)
    return cleaned.strip() if cleaned.isprintable() else cleaned.translate(_CONTROL).strip()
