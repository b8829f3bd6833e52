"""«Удалить мои данные»: after a confirmation the resident is a stranger again; tickets stay without personal data."""

from __future__ import annotations

from dialogs import replies
from dialogs.effects import CancelTimer, ForgetMe
from dialogs.report.reminders import CLOSE, REMINDER
from dialogs.session import Session
from dialogs.turn import Say, Turn


def forget(session: Session) -> Turn:
    """Forget everything; only the count of reports stays, so that an old timer's token cannot fit a new report."""
    fresh = Session(form=session.form)
    do = (ForgetMe(), CancelTimer(kind=REMINDER), CancelTimer(kind=CLOSE))
    return replies.inform(fresh, Say(key="forget-done"), do=do)


def forget_here(session: Session) -> Turn:
    """The resident asked for it in another conversation and was answered there."""
    return Turn(session=Session(form=session.form), do=(CancelTimer(kind=REMINDER), CancelTimer(kind=CLOSE)))
