"""Arguments of `./domovoy check`; light, because every command of the program reads them."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TITLES = {
    "faq": "Проверка базы знаний",
    "classify": "Проверка классификатора",
    "address": "Проверка распознавания адресов",
    "message": "Проверка разбора сообщений",
    "dialog": "Проверка разговоров",
}


def add_parser(check: argparse.ArgumentParser) -> None:
    kinds = check.add_subparsers(dest="kind", required=True, metavar="ЧТО")
    for name, title in TITLES.items():
        command = kinds.add_parser(name, help=title[0].lower() + title[1:])
        command.add_argument("file", type=Path, metavar="ФАЙЛ.jsonl", help="по одному объекту JSON в строке")
        command.add_argument("--out", type=Path, required=True, metavar="ФАЙЛ", help="куда записать строки с ответами")
        command.add_argument("--html", type=Path, metavar="ФАЙЛ", help="отчёт для людей")
        if name in ("faq", "dialog"):
            command.add_argument(
                "--kb", type=Path, required=name == "faq", metavar="ФАЙЛ", help="база знаний: YAML или папка"
            )
        if name in ("address", "message", "dialog"):
            command.add_argument("--houses", type=Path, required=True, metavar="ФАЙЛ.csv", help="список домов")
        command.add_argument("--config", type=Path, default=ROOT / "config.yaml", help="файл настроек")
