"""Answer questions: one entry with «Это помогло?», a choice of likely entries, or an offer to open a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs import lookups, replies
from dialogs.buttons.rows import OPERATOR, TO_MENU, Rows, button, fits, literal, menu
from dialogs.effects import LogUnanswered, RateAnswer
from dialogs.frozen import replace
from dialogs.session import Session, State
from dialogs.topics import outages
from dialogs.turn import Say, Turn
from dialogs.world import World
from faq.types import FaqEntry
from language.questions import is_question, normalised

MOST_LOGGED = 500  # characters of a question that was not answered
MOST_FOLLOW_UPS = 3


def invite_question(session: Session, world: World) -> Turn:
    """Answer «Частые вопросы»: invite the resident to ask in their own words."""
    session = replace(session, state=State.QUESTION)
    return replies.inform(session, Say(key="faq-prompt", buttons=TO_MENU))


def answer(session: Session, entry: FaqEntry, world: World) -> Turn:
    """Give an answer outside the form and ask whether it helped."""
    say, ticket_button = answer_text(session, entry, world), _ticket_button(entry, world)
    if world.storm:  # the answer alone, without a question
        return replies.inform(replace(session, state=State.IDLE), replace(say, buttons=(*ticket_button, *TO_MENU)))
    helped: Rows = ()
    if fits(f"yes:{entry.id}"):
        helped = ((button("helped", f"yes:{entry.id}"), button("not-helped", f"no:{entry.id}")),)
    rows = (*helped, *_follow_ups(entry, world), *ticket_button)
    session = replace(session, state=State.ANSWERED, entry=entry.id)
    return replies.inform(session, say, Say(key="faq-helped", buttons=rows))


def _ticket_button(entry: FaqEntry, world: World) -> Rows:
    """Return the button that opens a ticket with the problem of an entry, if it has one."""
    if entry.problem and world.classifier.problem(entry.problem):
        return ((button("open-ticket", f"open:{entry.problem}"),),)
    return ()


def answer_text(session: Session, entry: FaqEntry, world: World) -> Say:
    """Return the answer alone: that of the house, of the season, or the general one."""
    answer = entry.answer_on(world.now.date(), lookups.house_in_question(session, world))
    return Say(key="faq-answer", args={"question": entry.question, "answer": answer})


def _follow_ups(entry: FaqEntry, world: World) -> Rows:
    entries = [following for entry_id in entry.follow_up[:MOST_FOLLOW_UPS] if (following := world.faq.get(entry_id))]
    return _question_buttons(entries)


def _question_buttons(entries: Sequence[FaqEntry]) -> Rows:
    return tuple((literal(entry.question, f"faq:{entry.id}"),) for entry in entries if fits(f"faq:{entry.id}"))


def offer_choice(session: Session, maybe: tuple[FaqEntry, ...], world: World) -> Turn:
    """Offer the questions that may be meant, a report, and a dispatcher."""
    say = Say(key="faq-maybe", buttons=(*_question_buttons(maybe), (button("report"), button("operator"))))
    return replies.inform(replace(session, state=State.IDLE), say)


def handle_choice(session: Session, entry_id: str, world: World) -> Turn | None:
    """Answer a chosen entry, or the outages that it is about; None: there is no such entry."""
    entry = world.faq.get(entry_id)
    if entry is None:
        return None
    announced = outages.find_for_entry(session, world, entry)
    if outages.is_whole_answer(announced, entry.question, world):
        return outages.answer(session, announced, "", world, entry.problem)
    return outages.announce_before(answer(session, entry, world), announced, world)


def answer_within_form(session: Session, text: str, world: World) -> Turn | None:
    """Answer a question asked in the middle of a form and repeat the form's own; None: the text is no question."""
    if not is_question(text):
        return None
    match = world.faq.match(text)
    announced = outages.find_for_message(session, world, text, world.classifier.classify(text))
    if outages.is_whole_answer(announced, text, world):
        return replies.ask(session, world, *outages.describe_all(announced, text, world))
    if match.entry is not None:
        return replies.ask(session, world, answer_text(session, match.entry, world))
    if match.maybe or "?" in text:
        return replies.ask(session, world, Say(key="faq-later"), do=(_unanswered(text),))
    return None


def not_answered(session: Session, text: str, world: World) -> Turn:
    """Log a question without an answer for the administrator; the second time in a row offer a dispatcher."""
    if world.waiting:
        return replies.inform(replace(session, state=State.IDLE), Say(key="handover-waiting", buttons=TO_MENU))
    do = (_unanswered(text),) if _tells_something(text) else ()
    return replies.not_understood(replace(session, state=State.IDLE), world, "not-understood", do=do)


def _tells_something(text: str) -> bool:
    """Say whether a text is worth logging: two words at least, not "?" or "ага"."""
    return sum(len(word) > 2 and word.isalpha() for word in normalised(text).split()) > 1


def _unanswered(text: str) -> LogUnanswered:
    return LogUnanswered(text=text[:MOST_LOGGED])


def rate_answer(session: Session, entry_id: str, good: bool, world: World) -> Turn | None:
    """Take the answer to «Это помогло?»; after a no offer a ticket and a dispatcher. None: there is no such entry."""
    entry = world.faq.get(entry_id)
    if entry is None:
        return None
    state = State.IDLE if session.state is State.ANSWERED else session.state
    session = replace(session, state=state, entry="")
    rate = RateAnswer(entry_id=entry.id, helped=good)
    if good:
        return replies.inform(session, Say(key="faq-glad", buttons=menu(session)), do=(rate,))
    rows = (*_ticket_button(entry, world), *OPERATOR)
    return replies.inform(session, Say(key="faq-sorry", buttons=(*rows, *TO_MENU)), do=(rate,))
