"""What a resident corrects after the classifier. Each becomes an effect; nothing is asked for it."""

from __future__ import annotations

from dialogs.effects import Effect, KeepCorrection
from dialogs.session import Draft, Session, unpack
from dialogs.world import World
from language.normalise import stems

SAME = 0.5  # two descriptions that share more of their words tell of the same matter


def from_button(session: Session, code: str, world: World) -> tuple[Effect, ...]:
    """Another problem was pressed than the first of those offered, or «Другое»."""
    first = session.kinds[0] if session.kinds else ""
    return _correction(session.draft, first, code, world)


def from_edit(session: Session, draft: Draft, world: World) -> tuple[Effect, ...]:
    """On the summary the problem was taken back, and told anew it is another one: the words of before were misjudged.

    Unless the new words tell of another matter: who changes «Лифт не работает» to the intercom corrects nobody.
    """
    before = unpack(session.undo) if session.undo else Draft()
    if not _is_same_matter(before.text, draft.text):
        return ()
    return _correction(before, before.problem, draft.problem, world)


def _is_same_matter(one: str, other: str) -> bool:
    old, new = frozenset(stems(one)), frozenset(stems(other))
    return len(old & new) > SAME * min(len(old), len(new))


def _correction(draft: Draft, guessed: str, chosen: str, world: World) -> tuple[Effect, ...]:
    if not (draft.text and guessed and chosen) or guessed == chosen:
        return ()
    personal = (draft.address, draft.name, world.known.name, world.sender_name)
    return (
        KeepCorrection(
            text=draft.text, guessed=guessed, chosen=chosen, personal=tuple([one for one in personal if one])
        ),
    )
