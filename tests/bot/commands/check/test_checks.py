"""`./domovoy check …` on small files: rows kept and extended, one summary, nothing written when the input is bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands.main import main

ROOT = Path(__file__).resolve().parents[4]
HOUSES = ROOT / "houses" / "demo.csv"
KB = """
- id: readings
  question: Когда передавать показания счётчиков?
  variants: [до какого числа подать показания]
  answer: До 25 числа.
- id: heating
  question: Когда включат отопление?
  answer: Осенью.
"""


def check(folder: Path, kind: str, rows: list[Any], *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a check; return its exit code and the rows written."""
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    source.write_text("\n".join(lines), encoding="utf-8")
    code = main(["check", kind, str(source), "--out", str(out), *more])
    return code, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_faq_counts_right_and_false_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (base := tmp_path / "kb.yaml").write_text(KB, encoding="utf-8")
    asked = [
        {"text": "до какого числа подавать показания?", "intent": "readings", "mine": 7},
        {"text": "когда включат отопление", "intent": "readings"},
        {"text": "продам гараж", "intent": None},
        {"text": "когда включат отопление"},
    ]
    code, rows = check(tmp_path, "faq", asked, "--kb", str(base))
    assert code == 0
    assert [row["predicted"] for row in rows] == ["readings", "heating", None, "heating"]
    assert rows[0]["mine"] == 7
    assert rows[0]["top3"][0] == "readings"
    assert all(0 <= row["score"] <= 1 for row in rows)
    told = summary(capsys)
    assert {name: told[name] for name in ("n", "accuracy_at_1", "false_answers")} == {
        "n": 4,
        "accuracy_at_1": 0.5,
        "false_answers": 0.0,
    }
    assert told["p50_ms"] <= told["p99_ms"]


def test_classify_counts_categories_and_emergencies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [
        {"text": "пахнет газом", "category": "gas", "priority": "emergency"},
        {"text": "лифт не работает второй день", "category": "lift", "priority": "urgent"},
        {"text": "застряли в лифте", "category": "sewerage", "priority": "normal"},
    ]
    code, rows = check(tmp_path, "classify", told)
    assert code == 0
    assert [row["predicted_category"] for row in rows] == ["gas", "lift", "lift"]
    assert rows[0]["predicted_priority"] == "emergency"
    found = summary(capsys)
    assert found["category_accuracy"] == 0.6667
    assert (found["emergency_recall"], found["emergency_precision"]) == (1.0, 0.5)


def test_address_tells_a_wrong_house_from_an_unknown_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = HOUSES.read_text(encoding="utf-8").splitlines().index(next(_rows_of("ул. Садовая, д. 5;")))
    told = [
        {"text": "Садовая 5, кв. 17", "house_id": number, "apartment": "17"},
        {"text": "Садовая 5", "house_id": number + 1},
        {"text": "Неведомая 999", "house_id": None},
    ]
    code, rows = check(tmp_path, "address", told, "--houses", str(HOUSES))
    assert code == 0
    assert [row["predicted_house_id"] for row in rows] == [number, number, None]
    assert rows[0]["predicted_apartment"] == "17"
    found = summary(capsys)
    assert (found["accuracy"], found["wrong_house"]) == (0.6667, 0.3333)


def _rows_of(start: str) -> Any:
    return (line for line in HOUSES.read_text(encoding="utf-8").splitlines() if line.startswith(start))


def test_message_reports_the_share_right_per_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [{"text": "Течёт батарея, Садовая 5, кв. 17, 89031234567", "phone": "+79031234567", "apartment": "18"}]
    code, rows = check(tmp_path, "message", told, "--houses", str(HOUSES))
    assert code == 0
    assert rows[0]["predicted"]["phone"] == "+79031234567"
    found = summary(capsys)
    assert (found["phone"], found["apartment"], found["name"]) == (1.0, 0.0, None)


def test_dialog_plays_a_conversation_and_compares_its_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = ["здравствуйте", "да", "лифт не работает", "Садовая 5, кв. 17", "89031234567", "без фото", "да"]
    dialogs = [
        {"id": "good", "turns": turns, "expect": {"tickets": 1, "category": "lift", "apartment": "17"}},
        {"id": "bad", "turns": ["пахнет газом"], "expect": {"emergency": "fire"}},
    ]
    code, rows = check(tmp_path, "dialog", dialogs, "--houses", str(HOUSES))
    assert code == 0
    assert [row["passed"] for row in rows] == [True, False]
    assert rows[0]["facts"]["phone"] == "+79031234567"
    assert rows[1]["facts"]["emergency"] == "gas"
    assert {line["author"] for line in rows[0]["transcript"]} == {"resident", "bot"}
    assert summary(capsys) == {"n": 2, "passed": 1}


@pytest.mark.parametrize(
    "bad",
    [
        *("{", "[]", '{"texts": "?"}', '{"text": 5}', '{"text": ["a", "b"]}'),
        *(r'{"text": "нет \ud83d воды"}', r'{"text": "нет воды", "\udc00": 1}', r'{"text": "?", "mine": [["\udfff"]]}'),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(
    tmp_path: Path, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = check(tmp_path, "classify", [{"text": "пахнет газом"}, bad])
    assert (code, rows) == (2, [])
    assert "in.jsonl, строка 2" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["faq", "classify", "address", "message", "dialog"])
@pytest.mark.parametrize("bad", [r'{"text": "\ud83d", "turns": ["\ud83d"]}', '{"text": ["a", "b"], "turns": "ab"}'])
def test_every_check_names_a_line_that_cannot_be_read_or_written(
    tmp_path: Path, kind: str, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (base := tmp_path / "kb.yaml").write_text(KB, encoding="utf-8")
    more = {"faq": ["--kb", str(base)], "classify": []}.get(kind, ["--houses", str(HOUSES)])
    code, rows = check(tmp_path, kind, [{"text": "пахнет газом", "turns": ["пахнет газом"]}, "", bad], *more)
    assert (code, rows) == (2, [])
    assert "in.jsonl, строка 3: " in capsys.readouterr().err


@pytest.mark.parametrize("expected", ["5", '"closed"', "[]", "true"])
@pytest.mark.parametrize("kind", ["message", "dialog"])
def test_what_is_expected_must_be_an_object(
    tmp_path: Path, kind: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = f'{{"text": "нет воды", "turns": ["нет воды"], "expect": {expected}}}'
    code, rows = check(tmp_path, kind, [bad], "--houses", str(HOUSES))
    assert (code, rows) == (2, [])
    assert "in.jsonl, строка 1: поле expect" in capsys.readouterr().err


def test_a_conversation_may_expect_nothing(tmp_path: Path) -> None:
    dialogs = [{"turns": ["здравствуйте"], "expect": None}, {"turns": []}]
    code, rows = check(tmp_path, "dialog", dialogs, "--houses", str(HOUSES))
    assert code == 0
    assert [row["passed"] for row in rows] == [True, True]


@pytest.mark.parametrize(
    "lines",
    [
        '{"text": "пахнет газом"}\n  \t \n{"text": "лифт стоит"}\n',
        '\ufeff{"text": "пахнет газом"}\n{"text": "лифт стоит"}\n',
        '{"text": "пахнет газом"}\r\n\r\n{"text": "лифт стоит"}\r\n',
        '{"text": "пахнет газом"}\n{"text": "лифт стоит"}',
        '\ufeff{"text": "пахнет газом"}\r\n{"text": "лифт стоит"}',
    ],
    ids=["empty line of blanks", "BOM", "CRLF", "no line end", "BOM and CRLF without a line end"],
)
def test_lines_are_read_as_any_editor_saves_them(tmp_path: Path, lines: str) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines.encode())
    assert main(["check", "classify", str(source), "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["пахнет газом", "лифт стоит"]
    assert [row["predicted_category"] for row in rows] == ["gas", "lift"]


def test_a_pair_of_halves_is_one_sign(tmp_path: Path) -> None:
    code, rows = check(tmp_path, "classify", [r'{"text": "пахнет газом \ud83d\ude00"}'])
    assert code == 0
    assert rows[0]["text"] == "пахнет газом \U0001f600"


def test_a_right_answer_of_any_kind_is_compared(tmp_path: Path) -> None:
    (base := tmp_path / "kb.yaml").write_text(KB, encoding="utf-8")
    asked = [{"text": "когда включат отопление", "intent": intent} for intent in (["heating"], 5, "readings")]
    code, rows = check(tmp_path, "faq", asked, "--kb", str(base))
    assert code == 0
    assert [row["predicted"] for row in rows] == ["heating"] * 3


def test_an_old_result_survives_a_bad_input(tmp_path: Path) -> None:
    check(tmp_path, "classify", [{"text": "пахнет газом"}])
    code, rows = check(tmp_path, "classify", ["{"])
    assert code == 2
    assert len(rows) == 1


def test_the_report_shows_what_went_wrong_and_escapes_it(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    check(tmp_path, "classify", [{"text": "<b>лифт стоит</b>", "category": "gas"}], "--html", str(report))
    page = report.read_text(encoding="utf-8")
    assert "&lt;b&gt;лифт стоит" in page
    assert "Не та категория" in page
