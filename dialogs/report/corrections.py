"""Record how the resident corrects the classifier's guess. No question is asked for it."""

from __future__ import annotations

from dialogs.effects import Effect, KeepCorrection
from dialogs.session import Draft, Session, unpack
from dialogs.world import World
from language.normalise import stems

SAME = 0.5  # two descriptions that share more of their words are about the same matter


def from_button(session: Session, code: str, world: World) -> tuple[Effect, ...]:
    """Return the correction when the resident pressed another problem than the first one offered, or «Другое»."""
    first = session.kinds[0] if session.kinds else ""
    return _correction(session.draft, first, code, world)


def from_edit(session: Session, draft: Draft, world: World) -> tuple[Effect, ...]:
    """Return the correction when the resident rejected the problem at the summary and described a different one.

    The first description was then misjudged, unless the new one is about another matter: a resident who changes
    «Лифт не работает» to the intercom corrects no guess.
    """
    before = unpack(session.undo) if session.undo else Draft()
    if not _is_same_matter(before.text, draft.text):
        return ()
    return _correction(before, before.problem, draft.problem, world)


def _is_same_matter(before: str, after: str) -> bool:
    old, new = frozenset(stems(before)), frozenset(stems(after))
    return len(old & new) > SAME * min(len(old), len(new))


def _correction(draft: Draft, guessed: str, chosen: str, world: World) -> tuple[Effect, ...]:
    if not (draft.text and guessed and chosen) or guessed == chosen:
        return ()
    personal = (draft.address, draft.name, world.known.name, world.sender_name)
    return (KeepCorrection(text=draft.text, guessed=guessed, chosen=chosen, personal=tuple(filter(None, personal))),)
