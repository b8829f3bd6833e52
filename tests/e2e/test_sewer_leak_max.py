"""The main job over MAX: the real program talks to the fake MAX over sockets, by webhook and by polling."""

from __future__ import annotations

from tests.e2e.support.personas import Dispatcher, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import dispatch, report_lift, report_sewer_leak
from tests.fakes.max.api import FakeMax


async def test_the_leak_is_reported_in_max_and_the_word_done_comes_back(program: Program) -> None:
    async with FakeMax() as fake:
        url = f"{program.base}/max/webhook"
        await program.start(
            DOMOVOY_CHANNELS__MAX__ENABLED="true",
            DOMOVOY_CHANNELS__MAX__TOKEN=fake.token,
            DOMOVOY_CHANNELS__MAX__API_BASE=fake.base,
            DOMOVOY_CHANNELS__MAX__WEBHOOK_URL=url,
        )
        await fake.until(lambda: url in fake.updates.subscriptions, "subscribed")
        maria = fake.resident("Мария")
        async with browser_of(Dispatcher, program) as irina:
            await irina.log_in("demo", program.password)
            number = await report_sewer_leak(maria)
            assert "Вода в доме" in maria.received()[0]
            await dispatch(irina, maria, number)
        await program.stop()
        tickets = program.rows("SELECT number, status, source FROM ticket")
        assert tickets == [{"number": number, "status": "closed", "source": "max"}]
        assert fake.throttled == 0
        assert fake.token not in program.errors()


async def test_the_form_is_filled_by_polling_and_the_marker_outlives_a_restart(program: Program) -> None:
    async with FakeMax() as fake:
        settings = {
            "DOMOVOY_CHANNELS__MAX__ENABLED": "true",
            "DOMOVOY_CHANNELS__MAX__TOKEN": fake.token,
            "DOMOVOY_CHANNELS__MAX__API_BASE": fake.base,
        }
        await program.start(**settings)
        await fake.until(lambda: fake.updates.polls, "polling")
        anna = fake.resident("Анна")
        number = await report_lift(anna)
        await program.stop()
        tickets = program.rows("SELECT number, address, apartment, source FROM ticket")
        assert tickets == [{"number": number, "address": "ул. Садовая, д. 7", "apartment": "3", "source": "max"}]
        asked = len(fake.updates.polls)
        for text in ("что с моей заявкой?", "ау"):  # without its marker the program would hear the last one only
            await anna.write(text)
        await program.start(**settings)
        await fake.until(lambda: len(fake.updates.polls) > asked and not fake.updates.kept, "all updates confirmed")
        await program.stop()
        assert None not in fake.updates.polls[asked:]
        heard = program.rows("SELECT text FROM message WHERE author = 'resident' ORDER BY id DESC LIMIT 2")
        assert [row["text"] for row in heard] == ["ау", "что с моей заявкой?"]
