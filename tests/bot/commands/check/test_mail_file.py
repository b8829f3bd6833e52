"""`./domovoy check message` on mails: read as the running program reads them, every bad file named with its line."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bot.commands.main import main
from channels.mail.config import MailConfig
from channels.mail.parsing.threading_headers import message_id

ROOT = Path(__file__).resolve().parents[4]
MAILS = ROOT / "tests" / "data" / "mail"
EXPECTED = [json.loads(line) for line in (MAILS / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
FIELDS = ("house_id", "apartment", "phone", "name", "category", "priority", "problem")
HOUSES = """address;entrances;flats
ул. Садовая, д. 5;4;80
ул. Лесная, д. 3;2;40
пр-т Мира, д. 7;4;80
"""
SIGNED = "С уважением,\nПетрова Анна\nтел. 8 927 111-22-33"


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    (path := tmp_path / "houses.csv").write_text(HOUSES, encoding="utf-8")
    return path


def check(houses: Path, rows: list[Any]) -> tuple[int, list[dict[str, Any]]]:
    """Run the check in the folder of `houses`; return its exit code and the rows written."""
    source, out = houses.parent / "in.jsonl", houses.parent / "out.jsonl"
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    code = main(["check", "message", str(source), "--out", str(out), "--houses", str(houses)])
    return code, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []


def seen(houses: Path, text: str, html: str = "", **headers: str) -> dict[str, Any]:
    """Return what is read in one mail; headers: with _ for -."""
    mail = EmailMessage()
    given = {"From": "Ольга Ким <olga@mail.example>", "To": "hotline@uk-uyut.example", "Subject": "Обращение"}
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        mail[name] = value
    if html:
        mail.set_content(html, subtype="html")
    else:
        mail.set_content(text)
    (houses.parent / "one.eml").write_bytes(mail.as_bytes())
    code, rows = check(houses, [{"eml": "one.eml"}])
    assert code == 0
    found: dict[str, Any] = rows[0]["predicted"]
    return found


def test_every_hand_written_mail_is_of_its_kind(houses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, rows = check(houses, [{"eml": str(MAILS / one["file"]), "kind": one["kind"]} for one in EXPECTED])
    assert (code, len(rows)) == (0, 43)
    assert [row["predicted"]["kind"] for row in rows] == [one["kind"] for one in EXPECTED]
    for row in rows:
        if row["kind"] in ("auto", "bounce"):
            assert [row["predicted"][name] for name in FIELDS] == [None] * len(FIELDS)
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["n"], summary["kind"], summary["phone"]) == (43, 1.0, None)


def test_a_report_tells_place_contact_and_problem(houses: Path) -> None:
    found = seen(houses, f"Садовая 5, кв. 17: холодные батареи.\n\n{SIGNED}\n")
    assert [found[name] for name in ("kind", "apartment", "phone", "name", "category")] == [
        "report",
        "17",
        "+79271112233",
        "Анна Петрова",
        "heating",
    ]
    assert found["house_id"] == 1


def test_the_sender_is_named_when_the_words_name_nobody(houses: Path) -> None:
    assert seen(houses, "Садовая 5, кв. 17: холодные батареи.")["name"] == "Ольга Ким"


def test_an_address_in_a_signature_counts_only_with_a_flat(houses: Path) -> None:
    assert seen(houses, "Холодные батареи.\n\n-- \nОльга Ким\nЛесная 3, кв. 8")["house_id"] == 2
    assert seen(houses, "Холодные батареи.\n\n-- \nОльга Ким\nООО «Ромашка», Лесная 3, оф. 8")["house_id"] is None
    assert seen(houses, "Садовая 5-17, холодно.\n\n-- \nОльга\nЛесная 3, кв. 8")["house_id"] == 1


def test_html_alone_is_read(houses: Path) -> None:
    found = seen(houses, "", html="<p>Садовая 5, кв.&nbsp;17</p><div>нет воды<br>8 927 111-22-33</div>")
    assert (found["house_id"], found["apartment"], found["phone"]) == (1, "17", "+79271112233")


ANSWER = """Квартира 17, звоните 8 927 111-22-33

12.11.2025, 14:03, "УК Уют" <hotline@uk-uyut.example>:
> Напишите номер квартиры.
> С уважением, диспетчер Мария Петрова
> УК «Уют», Лесная 3, кв. 1, тел. 8 (8422) 40-00-00
"""


def test_an_answer_is_told_from_what_it_quotes(houses: Path) -> None:
    found = seen(houses, ANSWER, Subject="Re: Нет воды", In_Reply_To="<1@uk-uyut.example>")
    assert (found["kind"], found["house_id"], found["apartment"]) == ("reply", None, "17")
    assert (found["phone"], found["name"]) == ("+79271112233", "Ольга Ким")


def test_an_answer_is_known_by_its_quote_or_our_id_too(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(houses, ANSWER, Subject="Re: Нет воды")["kind"] == "reply"
    secret = "a secret of the test mailbox"
    monkeypatch.setenv("DOMOVOY_CHANNELS__MAIL__SECRET", secret)
    ours = message_id(MailConfig(secret=secret).key, "say-1", "26-000123", "olga@mail.example", "uk-uyut.example")
    assert seen(houses, "Квартира 17", Subject="вода", References=ours)["kind"] == "reply"


def test_a_quote_alone_tells_nothing(houses: Path) -> None:
    quoted = ANSWER.partition("\n\n")[2]
    found = seen(houses, quoted, Subject="Re: Нет воды", In_Reply_To="<1@uk-uyut.example>")
    assert (found["kind"], found["house_id"], found["phone"]) == ("reply", None, None)


FORWARD = """{above}

---------- Forwarded message ---------
От: {sender}
Date: вс, 22 нояб. 2026 г. в 20:15
Subject: Fwd: проспект Мира 7
To: Павел <pavel@gmail.example>

{inner}

С уважением,
Мария Петрова, тел. 8 927 999-88-77, Лесная 3, кв. 1
"""


def test_a_forwarded_mail_is_read_without_head_and_signature(houses: Path) -> None:
    text = FORWARD.format(above="", sender="ЖЭК 8 927 555-44-33 <zhek@mail.example>", inner="На Садовой 5-17 нет воды")
    found = seen(houses, text, Subject="Fwd: Вода")
    assert (found["kind"], found["house_id"], found["apartment"]) == ("report", 1, "17")
    assert (found["phone"], found["name"]) == (None, "Ольга Ким")


def test_a_letter_of_ours_that_is_forwarded_tells_nothing(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOY_CHANNELS__MAIL__ADDRESS", "hotline@uk-uyut.example")
    inner = "Лесная 3, кв. 1: работы закончены. Звоните 8 927 999-88-77"
    above = "Садовая 5-17: опять нет воды, 8 927 111-22-33"
    text = FORWARD.format(above=above, sender="УК <hotline@uk-uyut.example>", inner=inner)
    found = seen(houses, text, Subject="Fwd: Вода")
    assert (found["house_id"], found["apartment"], found["phone"]) == (1, "17", "+79271112233")


def test_the_company_s_own_phone_is_nobody_s(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOY_COMPANY__PHONE", "+7 (927) 999-88-77")
    assert seen(houses, "Садовая 5-17 нет воды, ваш 8 927 999-88-77 молчит, я Олег")["phone"] is None


def test_chat_messages_and_mails_may_stand_in_one_file(houses: Path) -> None:
    (houses.parent / "one.eml").write_bytes((MAILS / "bounce_postfix.eml").read_bytes())
    rows = [{"text": "Садовая 5-17, нет воды", "mine": 7}, {"eml": "one.eml", "expect": {"kind": "bounce"}}]
    code, found = check(houses, rows)
    assert code == 0
    assert "kind" not in found[0]["predicted"]
    assert (found[0]["mine"], found[1]["predicted"]["kind"]) == (7, "bounce")


@pytest.mark.parametrize("name", ["missing.eml", "folder", "empty.eml", "", "a\0b", "x" * 5000, ["one.eml"]])
def test_a_mail_that_cannot_be_read_is_named_with_its_line(
    houses: Path, name: object, capsys: pytest.CaptureFixture[str]
) -> None:
    (houses.parent / "folder").mkdir()
    (houses.parent / "empty.eml").write_bytes(b"\r\n")
    code, rows = check(houses, [{"text": "нет воды"}, {"eml": name}])
    assert (code, rows) == (2, [])
    assert list(houses.parent.glob("*out.jsonl*")) == []
    assert "in.jsonl, строка 2" in capsys.readouterr().err
