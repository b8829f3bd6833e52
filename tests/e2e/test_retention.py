"""`./domovoy retention` on a program that runs and on one that does not."""

from __future__ import annotations

import sqlite3

from tests.e2e.support.program import Program
from tests.e2e.test_program import command


def ask(program: Program, text: str) -> None:
    """Put a question that was last asked in 1970 into the database of a stopped program."""
    with sqlite3.connect(program.data / "domovoy.db") as connection:
        connection.execute("INSERT INTO unanswered (tenant, text, first_ms, last_ms) VALUES (1, ?, 1, 1)", (text,))
    connection.close()


async def test_old_data_are_counted_and_then_deleted(program: Program) -> None:
    data = ("--data", str(program.data))
    code, said, errors = await command("retention", *data)
    assert (code, errors) == (0, "")
    assert "вопросы без ответа, старше 365 дн.: 0" in said
    ask(program, "старый вопрос")
    code, said, _ = await command("retention", "--dry-run", *data)
    assert (code, said.splitlines()[0]) == (0, "Удалил бы (пробный прогон, ничего не изменено):")
    assert "вопросы без ответа, старше 365 дн.: 1" in said
    await program.start()
    code, said, errors = await command("retention", *data)  # the running program does it
    assert (code, errors) == (0, "")
    assert "вопросы без ответа, старше 365 дн.: 1" in said
    await program.stop()
    assert program.rows("SELECT * FROM unanswered") == []
    assert program.errors() == ""


async def test_what_is_kept_for_ever_is_told(program: Program) -> None:
    code, said, _ = await command(
        "retention", "--dry-run", "--data", str(program.data), DOMOVOY_RETENTION__TRANSCRIPTS_DAYS="0"
    )
    assert code == 0
    assert "строки переписки, хранятся всегда" in said
