"""Forget a resident who confirmed «Удалить мои данные»; tickets stay without personal data."""

from __future__ import annotations

from dialogs import replies
from dialogs.effects import CancelTimer, ForgetMe
from dialogs.report.reminders import CLOSE, REMINDER
from dialogs.session import Session
from dialogs.turn import Say, Turn


def forget(session: Session) -> Turn:
    """Forget everything but the number of reports: the token of an old timer must not fit a new report."""
    fresh = Session(form=session.form)
    do = (ForgetMe(), CancelTimer(kind=REMINDER), CancelTimer(kind=CLOSE))
    return replies.inform(fresh, Say(key="forget-done"), do=do)


def forget_here(session: Session) -> Turn:
    """Forget this conversation too; the resident asked for it, and was answered, in another one."""
    return Turn(session=Session(form=session.form), do=(CancelTimer(kind=REMINDER), CancelTimer(kind=CLOSE)))
