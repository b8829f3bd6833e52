"""The main job over VK: the real program talks to the fake VK over sockets, by Long Poll and by Callback API."""

from __future__ import annotations

from tests.e2e.support.personas import Dispatcher, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import dispatch, report_lift, report_sewer_leak
from tests.fakes.vk.api import FakeVk

SECRET = "secretOfTheTests"


def settings_for(vk: FakeVk, **more: str) -> dict[str, str]:
    settings = {"ENABLED": "true", "TOKEN": vk.token, "GROUP_ID": str(vk.group_id), "API_BASE": vk.base, **more}
    return {f"DOMOVOY_CHANNELS__VK__{name}": value for name, value in settings.items()}


async def test_the_leak_is_reported_in_vk_and_the_word_done_comes_back(program: Program) -> None:
    async with FakeVk() as vk:
        await program.start(**settings_for(vk))
        await vk.until(lambda: vk.events.asked_ts, "polling began")
        maria = vk.resident()
        async with browser_of(Dispatcher, program) as irina:
            await irina.log_in("demo", program.password)
            number = await report_sewer_leak(maria)
            assert "Вода в доме" in maria.received()[0]
            await dispatch(irina, maria, number)
        await program.stop()
        tickets = program.rows("SELECT number, status, source FROM ticket")
        assert tickets == [{"number": number, "status": "closed", "source": "vk"}]
        assert program.rows("SELECT cursor FROM channel WHERE name = 'vk'") == [
            {"cursor": f"{vk.group_id}:{vk.events.ts}"}
        ]
        assert vk.token not in program.errors()
        await maria.write("статус")
        await program.start(**settings_for(vk))
        await maria.sees("Я бот, отвечаю жителям")


async def test_the_form_is_filled_over_the_callback_which_calls_until_it_is_heard(program: Program) -> None:
    async with FakeVk() as vk:
        vk.events.callback_url, vk.events.secret = f"{program.base}/vk/callback", SECRET
        settings = settings_for(vk, CALLBACK_URL=vk.events.callback_url, CALLBACK_SECRET=SECRET)
        await program.start(**settings)
        assert await vk.events.ask_confirmation() == vk.methods.confirmation
        anna = vk.resident()
        number = await report_lift(anna)
        await vk.until(lambda: vk.events.under_way == 0, "all heard")
        await program.stop()
        await anna.write("статус")
        await program.start(**settings)
        await anna.sees(number)
        await vk.until(lambda: vk.events.under_way == 0, "all heard")
        await program.stop()
        assert program.rows("SELECT number, address, apartment, status FROM ticket") == [
            {"number": number, "address": "ул. Садовая, д. 7", "apartment": "3", "status": "new"}
        ]
        assert program.rows("SELECT count(*) AS n FROM inbox WHERE channel = 'vk'") == [{"n": len(vk.events.history)}]
        assert vk.events.asked_ts == []
        assert SECRET not in program.errors()
