"""Serve one resident in several channels: link them by a code, move a report, choose where news of tickets go."""

from __future__ import annotations

import re

from channels.contract import Button, Letter, Start, Text
from dialogs import replies
from dialogs.buttons.rows import OPERATOR, TO_MENU, Rows, button
from dialogs.effects import AskCode, ChoosePush, TakeDraft, UseCode
from dialogs.events import CodeChecked, CodeMade, DraftMoved, Event, Merged
from dialogs.frozen import replace
from dialogs.report import reminders
from dialogs.session import FORM, Draft, Session, State
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import NotificationTarget, OtherDraft, World

CODE_MINUTES = 15
PAYLOAD = "link-"  # of a deep link: "link-12345678"
_CODE = re.compile(r"(код|code|/?link)?[\s:№-]*((?:\d[ -]?){7}\d)", re.IGNORECASE)
_ATTEMPT = re.compile(r"(код|code)?[\s\d.:№-]+", re.IGNORECASE)
_BARE = frozenset({State.CODE, State.CONSENT})  # states in which digits alone are a code
_WORDS = frozenset({State.COMMENT, State.REASON})  # states in which a code may be that of a door


def code_of(session: Session, event: Event) -> str:
    """Return the digits of a code that was typed («код 1234 5678») or came with a link, or ''."""
    if isinstance(event, Letter):
        event = Text(event.text)
    match event:
        case Start(payload) if payload.startswith(PAYLOAD):
            digits = payload.removeprefix(PAYLOAD)
            return digits if digits.isascii() and digits.isdigit() and len(digits) <= 16 else ""
        case Text(text) if session.state not in _WORDS and (match := _CODE.fullmatch(text.strip())):
            if match[1] or session.state in _BARE:
                return "".join(filter(str.isdigit, match[2]))
    return ""


def is_attempt(event: Event) -> bool:
    """Say whether a text looks like a code that is too short or too long."""
    return isinstance(event, Text) and _ATTEMPT.fullmatch(event.text.strip()) is not None


def overview(session: Session, world: World) -> Turn:
    """Show what the resident can do with other channels."""
    push: Rows = ((button("push"),),) if len(world.notification_targets) > 1 else ()
    rows: Rows = ((button("link-code", "link:code"),), (button("link-enter", "link:enter"),), *push, *TO_MENU)
    return replies.inform(replace(session, state=State.IDLE), Say(key="link-menu", buttons=rows))


def handle_button(session: Session, action: str, world: World) -> Turn | None:
    """Answer a button "link:<action>"; None: there is no such action."""
    match action:
        case "code":
            return Turn(session=session, do=(AskCode(),))  # `CodeMade` is answered
        case "enter":
            return replies.ask(replace(session, state=State.CODE), world)
    return None


def check_code(session: Session, code: str, world: World) -> Turn:
    """Have a code checked; `CodeChecked` is answered. A letter proves nothing: its sender can be forged."""
    if world.letters:
        return replies.inform(session, Say(key="link-by-letter"))
    return Turn(session=session, do=(UseCode(code=code),))


def show_code(session: Session, event: CodeMade, world: World) -> Turn:
    """Show a new code in two halves."""
    half = len(event.code) // 2
    args: Args = {"code": f"{event.code[:half]} {event.code[half:]}", "minutes": CODE_MINUTES}
    say = Say(key="link-code", args=args, buttons=TO_MENU)
    if session.state in FORM:
        return replies.ask(session, world, replace(say, buttons=()))
    return replies.inform(replace(session, state=State.IDLE), say)


def handle_checked_code(session: Session, event: CodeChecked, world: World) -> Turn:
    """Say what is wrong with a code; after a right code `Merged` follows at once."""
    say = Say(key=f"link-{event.outcome}")
    if event.outcome == "accepted":
        state = State.IDLE if session.state is State.CODE else session.state
        return replies.inform(replace(session, state=state), say)
    if session.state in (State.IDLE, State.CODE) and event.outcome != "wrong":
        return replies.show_menu(session, say)
    if session.state is State.IDLE:
        return replies.ask(replace(session, state=State.CODE), world, say)
    return replies.ask(session, world, say)


def unreadable_code(session: Session, world: World) -> Turn:
    """Answer digits that are no code."""
    return replies.not_understood(session, world, "link-unclear")


def handle_merge(session: Session, event: Merged, world: World) -> Turn:
    """Say the outcome of a proof; then repeat an open question, or offer the report begun in the other channel."""
    args: Args = {"channel": event.channel}
    match event.outcome:
        case "linked":
            return Turn(session=session, say=(Say(key="link-linked", args=args, buttons=OPERATOR),))
        case "merged":
            say = Say(key="link-merged", args=args)
        case "same":
            say = Say(key="link-own")
        case _:
            say = Say(key="link-refused", buttons=OPERATOR)
    if session.state is not State.IDLE and not (session.state is State.CONSENT and world.known.notified):
        return replies.ask(session, world, replace(say, buttons=()))
    if event.outcome == "merged" and (turn := offer_other_draft(session, world, say)):
        return turn
    return replies.show_menu(session, say) if not say.buttons else replies.inform(session, say)


# --- a report begun in another channel -----------------------------------------------------------------------------


def offer_other_draft(session: Session, world: World, *before: Say) -> Turn | None:
    """Offer to continue here a report begun in another channel; None: there is none, or the resident declined it."""
    other = world.other_draft
    if other is None or session.draft.started or session.declined == _draft_id(other) or session.state is State.TAKE:
        return None
    return replies.ask(replace(session, state=State.TAKE), world, *before)


def take_other_draft(session: Session, world: World) -> Turn | None:
    """Continue here the report of the other channel; None: it is gone in the meantime."""
    other = world.other_draft
    if other is None or session.draft.started:
        return None
    draft = replace(other.draft, path=())
    session = replace(session, state=State.IDLE, draft=draft, options=(), kinds=(), declined="")
    if draft.ticket_id:
        session = replace(session, alarm=draft.emergency, alarm_ticket=draft.ticket_id, ticket_id=draft.ticket_id)
    turn = reminders.resume(session, world)
    assert turn is not None  # noqa: S101  the report was begun
    return replace(turn, do=(*turn.do, TakeDraft(conversation_id=other.conversation_id, form=other.form)))


def decline_other_draft(session: Session, world: World) -> Turn:
    """Leave the report in the other channel; it is not offered again."""
    declined = _draft_id(world.other_draft) if world.other_draft else ""
    return replies.show_menu(replace(session, declined=declined))


def handle_moved_draft(session: Session, event: DraftMoved, world: World) -> Turn:
    """Close the report that is continued in another channel; a report begun since then stays."""
    if not session.draft.started or session.form != event.form:
        return Turn(session=session)
    state = State.IDLE if session.state in FORM else session.state
    session = replace(session, state=state, draft=Draft(), options=(), kinds=(), undo="")
    say = Say(key="link-draft-moved", args={"channel": event.channel}, silent=True)
    return Turn(session=session, say=() if world.claimed_by else (say,))


def _draft_id(other: OtherDraft) -> str:
    return f"{other.conversation_id}:{other.form}"


# --- the channel for news ------------------------------------------------------------------------------------------


def ask_notification_target(session: Session, world: World) -> Turn:
    """Let the resident choose the channel that news of tickets go to."""
    if len(world.notification_targets) < 2:
        return overview(session, world)
    rows: Rows = tuple((_target_button(target),) for target in world.notification_targets)
    chosen = next((target.channel for target in world.notification_targets if target.conversation_id == world.push), "")
    args: Args = {"channel": chosen or NONE}
    say = Say(key="push-ask", args=args, buttons=(*rows, (button("push-here", "push:0"),), *TO_MENU))
    return replies.inform(replace(session, state=State.IDLE), say)


def _target_button(target: NotificationTarget) -> Button:
    return Button(f"channel-{target.channel}", f"push:{target.conversation_id}")


def choose_notification_target(session: Session, conversation_id: str, world: World) -> Turn | None:
    """Take the choice; None: the conversation is not among those offered."""
    if conversation_id == "0":
        return replies.show_menu(session, Say(key="push-chosen-here"), do=(ChoosePush(conversation_id=0),))
    target = next(
        (target for target in world.notification_targets if str(target.conversation_id) == conversation_id), None
    )
    if target is None:
        return None
    say = Say(key="push-chosen", args={"channel": target.channel})
    return replies.show_menu(session, say, do=(ChoosePush(conversation_id=target.conversation_id),))
