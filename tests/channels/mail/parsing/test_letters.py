"""Real-looking mails of `tests/data/mail`, each with what it should be read as.

Half of them ("aside") were written before the reader was tuned and not looked at while tuning.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels.mail.config import MailConfig
from channels.mail.parsing.message import Mail, read
from tests.channels.mail.conftest import SECRET

DATA = Path(__file__).resolve().parents[3] / "data" / "mail"
OWN = "hotline@uk-uyut.example"
CONFIG = MailConfig(address=OWN, password="x", secret=SECRET, imap_host="i.example", smtp_host="s.example")
EXPECTED = [json.loads(line) for line in (DATA / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


def letter_of(name: str) -> Mail:
    return read((DATA / name).read_bytes(), OWN, CONFIG.key)


def found(mail: Mail) -> dict[str, Any]:
    written = mail.named_kind in ("report", "reply")
    return {
        "kind": mail.named_kind,
        "text": mail.text if written else "",
        "ticket": mail.ticket if written else "",
        "files": [one.name for one in mail.files],
        "sender": mail.sender,
        "name": mail.sender_name,
        "subject": mail.subject,
        "dead": mail.kind.dead,
        "proven": mail.proven,
    }


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda one: f"{one['half']}-{Path(one['file']).stem}")
def test_a_real_looking_mail(expected: dict[str, Any]) -> None:
    mail = letter_of(expected["file"])
    assert mail.problem == ""
    wanted = {key: value for key, value in expected.items() if key not in ("file", "half")}
    assert {key: value for key, value in found(mail).items() if key in wanted} == wanted


def test_every_mail_has_its_expectation_and_both_halves_are_large() -> None:
    assert sorted(one["file"] for one in EXPECTED) == sorted(path.name for path in DATA.glob("*.eml"))
    halves = [one["half"] for one in EXPECTED]
    assert min(halves.count("tuning"), halves.count("aside")) >= 18


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda one: Path(one["file"]).stem)
def test_line_ends_and_cuts_change_no_kind(expected: dict[str, Any]) -> None:
    """A server hands mails over with CRLF; a mail cut anywhere is still read as something."""
    raw = (DATA / expected["file"]).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert found(read(raw, OWN, CONFIG.key))["kind"] == expected["kind"]
    for end in range(0, len(raw), max(1, len(raw) // 40)):
        assert read(raw[:end], OWN, CONFIG.key).external_id
