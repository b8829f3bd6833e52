"""The arguments of `./domovoy COMMAND`. This module is light: `./domovoy help` loads nothing else."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.commands.check import arguments
from operators.permissions import ROLES

ROOT = Path(__file__).resolve().parents[2]


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./domovoy", description="Домовой: чат-бот для горячей линии ЖКХ")
    commands = parser.add_subparsers(dest="command", required=True, metavar="КОМАНДА")
    for name, text in (("demo", "попробовать на этом компьютере, без токенов"), ("run", "работать по config.yaml")):
        command = commands.add_parser(name, help=text)
        add_common(command)
        command.add_argument("--port", type=int, help="порт веб-сервера (0: любой свободный)")
        if name == "run":
            command.add_argument("--trust-clock", action="store_true", help="часы верны, хотя записи в базе позже")
            command.add_argument("--role", default="all", help="all или через запятую: web, worker, delivery, clock")
    add_common(commands.add_parser("prepare", help="выучить примеры заранее, чтобы запуск был быстрым; делается само"))
    add_common(commands.add_parser("doctor", help="проверить настройки, базу и каналы; сказать, что делать"))
    forget = commands.add_parser("retention", help="удалить данные, срок хранения которых истёк (раздел retention)")
    add_common(forget)
    forget.add_argument("--dry-run", action="store_true", help="только показать, что было бы удалено")
    add_data_commands(commands)
    add_poster_commands(commands.add_parser("posters", help="плакаты с QR-кодами для подъездов"))
    arguments.add_parser(
        commands.add_parser("check", help="проверить на своих данных: вопросы, обращения, адреса, разговоры")
    )
    add_classifier_commands(
        commands.add_parser("classifier", help="учиться на исправлениях жителей и диспетчеров; ничего не меняет само")
    )
    add_import_commands(commands.add_parser("import", help="загрузить список домов или базу знаний из файла"))
    add_faq_commands(commands.add_parser("faq", help="база знаний: проверить вопросы и ответы"))
    add_user_commands(commands.add_parser("user", help="учётные записи диспетчеров"))
    for name, text in (
        ("test", "установить нужное и прогнать все тесты"),
        (
            "bench",
            "измерить скорость: form, core, durability, flood, addresses или all; --quick, --json ФАЙЛ",
        ),
        ("lint", "ruff и mypy"),
        ("lock", "обновить файлы *.lock"),
    ):
        commands.add_parser(name, help=text)  # the launcher runs these before Python starts
    commands.add_parser("help", help="этот список")
    return parser


def add_data_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Commands that look after the database."""
    add_common(commands.add_parser("migrate", help="обновить схему базы; на всех узлах сразу тоже можно"))
    backup = commands.add_parser("backup", help="сохранить все данные в один файл, не останавливая работу")
    backup.add_argument("--force", action="store_true", help="заменить файл, если он уже есть")
    restore = commands.add_parser("restore", help="вернуть данные из файла; программа должна быть остановлена")
    restore.add_argument(
        "--replace", action="store_true", help="заменить непустую базу SQLite; прежняя останется рядом"
    )
    for command in (backup, restore):
        command.add_argument("file", type=Path, metavar="ФАЙЛ")
        add_common(command)
    copy = commands.add_parser("copy", help="перенести всё в другую, пустую базу, например из SQLite в PostgreSQL")
    copy.add_argument("--from", dest="source", required=True, metavar="АДРЕС", help="sqlite:///… или asyncpg://…")
    copy.add_argument("--to", dest="target", required=True, metavar="АДРЕС", help="sqlite:///… или asyncpg://…")


def add_poster_commands(posters: argparse.ArgumentParser) -> None:
    posters.add_argument("--houses", default="all", metavar="НОМЕРА", help="номера домов через запятую или all")
    posters.add_argument("--channels", default="", metavar="КАНАЛЫ", help="например max,telegram; пусто: все, где есть")
    posters.add_argument("--format", choices=("pdf", "svg"), default="pdf", help="pdf: файл на дом; svg: файл на лист")
    posters.add_argument("--out", type=Path, default=Path("posters"), metavar="ПАПКА", help="куда сложить")
    add_common(posters)


def add_classifier_commands(classifier: argparse.ArgumentParser) -> None:
    actions = classifier.add_subparsers(dest="action", required=True, metavar="ДЕЙСТВИЕ")
    learn = actions.add_parser("learn", help="показать, что изменит обучение; менять только с --apply")
    learn.add_argument("--apply", action="store_true", help="выучить; если станет хуже, откажет")
    learn.add_argument("--force", action="store_true", help="с --apply: выучить, хотя станет хуже")
    learn.add_argument("--html", type=Path, metavar="ФАЙЛ", help="отчёт для людей")
    corrections = actions.add_parser("corrections", help="сохранить все исправления в CSV")
    corrections.add_argument("--out", type=Path, required=True, metavar="ФАЙЛ.csv", help="куда записать")
    for command in (
        learn,
        corrections,
        actions.add_parser("forget", help="забыть всё выученное; исправления останутся"),
    ):
        add_common(command)


def add_import_commands(command: argparse.ArgumentParser) -> None:
    kinds = command.add_subparsers(dest="kind", required=True, metavar="ЧТО")
    houses = kinds.add_parser("houses", help="список домов: CSV или книга Excel, также выгрузка ГИС ЖКХ")
    houses.add_argument("--partial", action="store_true", help="взять верные строки, хотя есть неверные")
    for import_command in (houses, kinds.add_parser("faq", help="база знаний: файл YAML")):
        import_command.add_argument("file", type=Path, metavar="ФАЙЛ")
        add_common(import_command)


def add_faq_commands(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ДЕЙСТВИЕ")
    check = actions.add_parser("check", help="похожие вопросы, длинные ответы, пустые сведения; 0: всё в порядке")
    check.add_argument("--kb", type=Path, metavar="ФАЙЛ", help="файл YAML или папка (по умолчанию company.faq)")
    check.add_argument("--html", type=Path, metavar="ФАЙЛ", help="отчёт для людей")
    add_common(check)


def add_user_commands(user: argparse.ArgumentParser) -> None:
    actions = user.add_subparsers(dest="action", required=True, metavar="ДЕЙСТВИЕ")
    add = actions.add_parser("add", help="завести диспетчера; пароль покажут один раз")
    add.add_argument("--name", default="", help="как жители увидят диспетчера")
    add.add_argument("--role", choices=ROLES, default="dispatcher", help="права в пульте")
    add.add_argument("--reset", action="store_true", help="дать новый пароль тому, кто уже есть")
    off = actions.add_parser("off", help="закрыть вход диспетчеру")
    for command in (add, off):
        command.add_argument("login", metavar="ЛОГИН")
    for command in (add, off, actions.add_parser("list", help="показать всех")):
        add_common(command)


def add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, default=ROOT / "config.yaml", help="файл настроек")
    command.add_argument("--data", type=Path, default=ROOT / "data", help="папка данных (по умолчанию data/)")
