"""One resident in two channels of one program: begun in Telegram, linked by a code, finished in the web chat."""

from __future__ import annotations

import re

from tests.e2e.support.personas import Dispatcher, Resident, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import number_in
from tests.fakes.telegram.api import FakeTelegram
from tests.fakes.telegram.people import said


async def test_a_report_begun_in_telegram_is_finished_on_the_site_and_news_go_where_chosen(program: Program) -> None:
    async with FakeTelegram() as telegram:
        await program.start(
            DOMOVOY_CHANNELS__TELEGRAM__ENABLED="true",
            DOMOVOY_CHANNELS__TELEGRAM__TOKEN=telegram.token,
            DOMOVOY_CHANNELS__TELEGRAM__API_BASE=telegram.base,
        )
        maria = telegram.resident("Мария")
        await maria.write("Лифт не работает второй день")
        await maria.sees("Нажмите «Продолжить»")
        await maria.press("Продолжить")
        await maria.sees("По какому адресу")
        await maria.write("ул. Садовая, 5")
        await maria.sees("Какая квартира")
        await maria.write("код")
        shown = re.search(r"\d{4} \d{4}", said(await maria.sees("Ваш код")))
        assert shown
        async with browser_of(Resident, program) as site, browser_of(Dispatcher, program) as irina:
            await site.open()
            await site.write(f"код {shown[0]}")
            await site.sees("Код верный")
            assert "Готово: теперь я знаю, что вы писали и в Telegram" in await site.sees("Продолжить её здесь?")
            await maria.sees("К вашим заявкам подключили переписку в чате на сайте")
            await site.press("Продолжить здесь")
            await site.sees("Какая квартира")
            await maria.sees("Эту заявку вы продолжаете в чате на сайте")
            await site.write("17")
            await site.sees("По какому телефону")
            await site.write("8 903 123-45-67")
            await site.sees("Пришлите фото")
            await site.press("Без фото")
            await site.sees("Лифт не работает второй день")
            await site.press("Отправить заявку")
            number = number_in(await site.sees("принята"))
            await site.write("куда присылать ответы")
            await site.sees("Куда присылать ответы")
            await site.press("Telegram")
            await site.sees("будете получать в Telegram")
            await irina.log_in("demo", program.password)
            ticket = await irina.ticket(number)
            await irina.change_status(ticket, "in_progress")
            await maria.sees("начали работу")
            await irina.change_status(ticket, "done")
            await maria.sees("Проблема решена?")
            await maria.press("Да, решена")
            await maria.sees("Спасибо за ответ")
            await site.write("мои заявки")
            assert number in await site.sees("Статус: закрыта")
            assert not [line for line in site.lines if "начали работу" in line["text"]]
        await program.stop()
        tickets = program.rows("SELECT number, status, source, apartment FROM ticket")
        assert tickets == [{"number": number, "status": "closed", "source": "web", "apartment": "17"}]
        assert program.rows("SELECT DISTINCT resident_id FROM conversation WHERE session <> ''") == program.rows(
            "SELECT kept_id AS resident_id FROM identity_merge WHERE reason = 'code'"
        )
        assert shown[0].replace(" ", "") not in program.errors()
