from __future__ import annotations

from bot.pace import Pace


def test_messages_of_the_channel_are_spaced_evenly() -> None:
    pace, now, sent = Pace(per_second=30, per_conversation_second=1), 100.0, 0
    while now < 110.0:
        wait = pace.wait_seconds(now)
        if wait == 0.0:
            pace.take(f"c{sent}", now)
            sent += 1
        else:
            now += wait
    assert 299 <= sent <= 301


def test_one_conversation_waits_without_holding_the_others() -> None:
    pace = Pace(per_second=1000, per_conversation_second=1)
    pace.take("a", 5.0)
    assert pace.conversation_wait_seconds("a", 5.25) == 0.75
    assert pace.conversation_wait_seconds("b", 5.25) == 0.0


def test_pause_of_the_channel_holds_everything() -> None:
    pace = Pace(per_second=30, per_conversation_second=1)
    pace.pause(7.0, 100.0)
    assert pace.wait_seconds(103.0) == 4.0
