"""A letter in, a letter out: the real program over a mail service on loopback."""

from __future__ import annotations

from tests.channels.mail.conftest import letter
from tests.e2e.support.program import Program
from tests.fakes.mail.servers import PASSWORD, MailService


async def test_a_letter_gets_one_letter_under_it(program: Program) -> None:
    async with MailService() as service:
        await service.put(
            letter("ул. Садовая, д. 7, кв. 3. Не работает лифт, 2 подъезд.", Message_ID="<q1@mail.example>")
        )
        settings = {f"DOMOVOY_CHANNELS__MAIL__{key.upper()}": str(value) for key, value in service.settings.items()}
        await program.start(DOMOVOY_CHANNELS__MAIL__ENABLED="true", **settings)
        await service.until(lambda: service.sent)
        await program.stop()
    answer = service.sent[0]
    assert answer.recipient == "maria@mail.example"
    assert answer.message["In-Reply-To"] == "<q1@mail.example>"
    assert answer.message["Auto-Submitted"] == "auto-replied"
    (row,) = program.rows("SELECT channel, address FROM conversation WHERE channel = 'mail'")
    assert row["address"] == "maria@mail.example"
    assert PASSWORD not in program.errors()
