"""The main job over Telegram: the real program talks to the fake Bot API over sockets."""

from __future__ import annotations

from tests.e2e.support.personas import Dispatcher, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import dispatch, report_lift, report_sewer_leak
from tests.fakes.telegram.api import FakeTelegram


async def test_the_leak_is_reported_in_telegram_and_the_word_done_comes_back(program: Program) -> None:
    async with FakeTelegram() as telegram:
        await program.start(
            DOMOVOY_CHANNELS__TELEGRAM__ENABLED="true",
            DOMOVOY_CHANNELS__TELEGRAM__TOKEN=telegram.token,
            DOMOVOY_CHANNELS__TELEGRAM__API_BASE=telegram.base,
        )
        maria = telegram.resident("Мария")
        async with browser_of(Dispatcher, program) as irina:
            await irina.log_in("demo", program.password)
            number = await report_sewer_leak(maria)
            assert "Вода в доме" in maria.received()[0]
            await dispatch(irina, maria, number)
        await program.stop()
        tickets = program.rows("SELECT number, status, source FROM ticket")
        assert tickets == [{"number": number, "status": "closed", "source": "telegram"}]
        assert telegram.token not in program.errors()


async def test_the_form_is_filled_step_by_step_and_changed_before_it_is_sent(program: Program) -> None:
    async with FakeTelegram() as telegram:
        await program.start(
            DOMOVOY_CHANNELS__TELEGRAM__ENABLED="true",
            DOMOVOY_CHANNELS__TELEGRAM__TOKEN=telegram.token,
            DOMOVOY_CHANNELS__TELEGRAM__API_BASE=telegram.base,
        )
        number = await report_lift(telegram.resident("Анна"))
        await program.stop()
        tickets = program.rows("SELECT number, address, apartment, phone, name, status FROM ticket")
        assert tickets == [
            {
                "number": number,
                "address": "ул. Садовая, д. 7",
                "apartment": "3",
                "phone": "+79031234567",
                "name": "Анна",
                "status": "new",
            }
        ]
