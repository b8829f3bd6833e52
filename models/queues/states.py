"""Meanings of the numbers in the columns `state`.

Statements name the members inside their text (an f-string renders the number), never as values: partial indexes, such
as ``WHERE state = 0``, serve only statements that say the number themselves.
"""

from __future__ import annotations

from enum import IntEnum


class InboxState(IntEnum):
    """inbox.state"""

    WAITING = 0  # for its turn
    DONE = 1  # its turn was taken, or a dispatcher dismissed it
    QUARANTINED = 2  # its turn failed three times; a dispatcher decides
    THROTTLED = 3  # of a flood: it goes into the transcript without a turn, see `bot/turns/overflow.py`


class OutboxState(IntEnum):
    """outbox.state"""

    WAITING = 0  # to be sent, or to be sent again
    SENT = 1
    DEAD = 2  # given up; a dispatcher decides
    DEAD_SEEN = 3  # dealt with: by a dispatcher, or it went through another channel
    UNCONFIRMED = 4  # perhaps it arrived, see `models/queues/unconfirmed_sends.py`
    UNCONFIRMED_SEEN = 5  # dealt with: by a dispatcher, or it evidently arrived


class TimerState(IntEnum):
    """timer.state"""

    WAITING = 0
    FIRED = 1
    CANCELLED = 2


class BroadcastState(IntEnum):
    """broadcast.state"""

    RUNNING = 0  # slices are written
    DONE = 1
    PAUSED = 2
    STOPPED = 3


class FileState(IntEnum):
    """attachment.state"""

    WAITING = 0  # to be fetched from its channel
    STORED = 1
    LOST = 2  # not to be had, or not allowed
