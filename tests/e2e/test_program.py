"""The commands a newcomer types, in processes of their own."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.support.personas import Dispatcher, Resident, browser_of
from tests.e2e.support.program import ROOT, Program


async def command(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run one command to its end; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_the_demo_says_where_it_is_and_stops_cleanly(program: Program) -> None:
    await program.start()
    assert f"{program.base}/\n" in program.said
    assert f"{program.base}/console/\n" in program.said
    assert "Логин: demo" in program.said
    async with aiohttp.ClientSession() as http, http.get(f"{program.base}/healthz") as answer:
        assert answer.status == 200
    assert await program.stop(signal.SIGINT) == 0
    assert "всё сохранено" in program.said
    assert program.errors() == ""


async def test_the_password_is_shown_once_and_opens_the_console(program: Program) -> None:
    await program.start()
    password = program.password
    async with browser_of(Dispatcher, program) as irina:
        await irina.log_in("demo", password)
        assert "Выйти" in await irina.get("/console/")
    await program.stop(signal.SIGTERM)
    await program.start()
    assert password not in program.said
    async with browser_of(Dispatcher, program) as irina:
        await irina.log_in("demo", password)


async def test_a_conversation_goes_on_after_a_restart(program: Program) -> None:
    await program.start()
    async with browser_of(Resident, program) as anna:
        await anna.open()
        await anna.write("Здравствуйте")
        before = await anna.sees("")
        await program.stop()
        await program.start()
        await anna.write("Позвать диспетчера")
        await anna.sees("испетчер")
        texts = [line["text"] for line in anna.lines]
        assert texts.count(before) == 1
        assert "Позвать диспетчера" in texts


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _, errors = await command("demo", "--data", str(tmp_path / "data"), "--port", port)
    assert code == 2
    assert errors.splitlines() == [
        f"domovoy: server.port: 127.0.0.1:{port} занят; остановите другую программу или выберите другой порт: --port N"
    ]


async def test_a_second_process_on_the_same_data_is_refused(program: Program) -> None:
    await program.start()
    code, _, errors = await command("demo", "--data", str(program.data), "--port", "0")
    assert code == 2
    assert errors.startswith("domovoy: ")
    assert len(errors.splitlines()) == 1
    assert "другой процесс" in errors


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DOMOVOY_SERVER__PORT": "many"}, "server.port"),
        ({"DOMOVOY_SERVER__PROT": "80"}, "server.prot"),
        ({"DOMOVOY_COMPANY__TIMEZONE": "Mars/Olympus"}, "company.timezone"),
        ({"DOMOVOY_DATABASE__URL": "mysql://localhost/x"}, "database.url"),
        ({"DOMOVOY_COMPANY__FAQ": "faq/nowhere"}, "nowhere"),
        ({"DOMOVOY_COMPANY__HOUSES": "houses/nowhere.csv"}, "nowhere.csv"),
        ({"DOMOVOY_COMPANY__LANGUAGE": "tt"}, "company.language"),
        ({"DOMOVOY_CHANNELS__WEB__ENABLED": "false"}, "channels"),
        ({"DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "true"}, "channels.telegram.token"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_setting_is_one_clear_line(environment: dict[str, str], says: str, tmp_path: Path) -> None:
    code, _, errors = await command("run", "--data", str(tmp_path / "data"), "--port", "0", **environment)
    assert code == 2
    assert len(errors.splitlines()) == 1, errors
    assert says in errors


async def test_a_missing_or_broken_configuration_file_is_named(tmp_path: Path) -> None:
    code, _, errors = await command("run", "--config", str(tmp_path / "none.yaml"), "--data", str(tmp_path))
    assert (code, "none.yaml" in errors) == (2, True)
    broken = tmp_path / "broken.yaml"
    broken.write_text("server: [", encoding="utf-8")
    code, _, errors = await command("run", "--config", str(broken), "--data", str(tmp_path))
    assert (code, "broken.yaml" in errors) == (2, True)


async def test_an_account_is_made_once_and_a_new_password_needs_a_wish(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    add = ("user", "add", "irina", "--name", "Ирина", *data)
    code, first, _ = await command(*add)
    assert code == 0
    code, said, errors = await command(*add)
    assert (code, said) == (2, "")
    assert "irina: такой диспетчер уже есть" in errors
    code, second, _ = await command(*add, "--reset")
    assert code == 0
    words = [re.search(r"Пароль.*: (\w+)\n", said) for said in (first, second)]
    assert all(words)
    assert first != second
    code, said, _ = await command("user", "list", *data)
    assert (code, said) == (0, "irina                dispatcher  Ирина\n")
    assert (await command("user", "off", "irina", *data))[0] == 0
    assert "вход закрыт" in (await command("user", "list", *data))[1]
    assert (await command("user", "off", "nobody", *data))[0] == 2


async def test_accounts_are_made_and_closed_while_it_runs(program: Program) -> None:
    await program.start()
    data = ("--data", str(program.data))
    code, said, errors = await command("user", "add", "olga", "--name", "Ольга", *data)
    assert (code, errors) == (0, "")
    password = said.split()[-1]
    async with browser_of(Dispatcher, program) as olga:
        await olga.log_in("olga", password)
        assert "Выйти" in await olga.get("/console/")
        assert (await command("user", "off", "olga", *data))[0] == 0
        assert "Выйти" not in await olga.get("/console/")
    code, _, errors = await command("user", "add", "demo", *data)
    assert (code, "--reset" in errors) == (2, True)
    code, said, errors = await command("doctor", *data)
    assert (code, errors) == (0, "")
    assert "Домовой работает" in said
    assert "Диспетчеры: 1" in said
    assert (program.data / "admin.json").stat().st_mode & 0o077 == 0
    await program.stop()
    assert not (program.data / "admin.json").exists()


async def test_a_stale_door_of_a_killed_program_is_passed_by(program: Program) -> None:
    await program.start()
    await program.stop(signal.SIGKILL)
    assert (program.data / "admin.json").exists()
    code, said, _ = await command("user", "list", "--data", str(program.data))
    assert code == 0
    assert "demo" in said


async def test_doctor_finds_nothing_wrong_in_the_example(tmp_path: Path) -> None:
    code, said, errors = await command("doctor", "--data", str(tmp_path / "data"))
    assert (code, errors) == (0, "")
    assert "Канал web: в порядке" in said
    for missing in ("нет ни одного диспетчера", "company.phone: стоит телефон-образец", "список домов пуст"):
        assert missing in said


async def test_unknown_commands_and_help(tmp_path: Path) -> None:
    code, _, errors = await command("dmeo")
    assert (code, "dmeo" in errors) == (2, True)
    code, said, _ = await command("help")
    assert (code, "demo" in said) == (0, True)
