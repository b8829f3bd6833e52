"""Which function carries out each command of `bot/commands/parser.py`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace

from bot.commands import administration, backups, faq, lifecycle, posters
from bot.process.event_loop import run
from bot.settings.loader import load_settings
from bot.settings.schema import Settings
from errors import ConfigError


def dispatch(options: Namespace) -> int:
    """Carry out the command of the parsed options and return the exit code.

    Raises:
        ConfigError: the settings cannot be used, or only the launcher knows the command.
    """
    if options.command == "copy":  # needs no settings: both databases are named on the command line
        return backups.finish(backups.copy(options.source, options.target))
    settings = load_settings(options.config)
    if getattr(options, "port", None) is not None:
        settings = replace(settings, server=replace(settings.server, port=options.port))
    command = COMMANDS.get(options.command)
    if command is None:
        raise ConfigError(f"{options.command}: эту команду выполняет сам ./domovoy, а не `python -m bot`")
    return command(settings, options)


def import_file(settings: Settings, options: Namespace) -> int:
    if options.kind == "faq":
        return run(faq.import_file(settings, options.data, options.file))
    return run(administration.import_houses(settings, options.data, options.file, partial=options.partial))


def check(settings: Settings, options: Namespace) -> int:
    from bot.commands.check import main as checks  # reads mails, so it needs the libraries of the mail channel

    return checks.run(settings, options)


def classifier(settings: Settings, options: Namespace) -> int:
    from bot.commands import classifier as learning

    return run(learning.run(settings, options.data, options))


COMMANDS: dict[str, Callable[[Settings, Namespace], int]] = {
    "demo": lambda settings, options: run(lifecycle.demo(settings, options.data)),
    "run": lambda settings, options: run(
        lifecycle.run(settings, options.data, options.role, trust_clock=options.trust_clock)
    ),
    "prepare": lambda settings, options: lifecycle.prepare(settings),
    "migrate": lambda settings, options: run(lifecycle.migrate(settings, options.data)),
    "backup": lambda settings, options: backups.finish(
        backups.backup(settings, options.data, options.file, force=options.force)
    ),
    "restore": lambda settings, options: backups.finish(
        backups.restore(settings, options.data, options.file, replace=options.replace)
    ),
    "doctor": lambda settings, options: run(administration.doctor(settings, options.data)),
    "retention": lambda settings, options: run(
        administration.forget_old(settings, options.data, dry_run=options.dry_run)
    ),
    "user": lambda settings, options: run(administration.user(settings, options.data, options)),
    "import": import_file,
    "faq": lambda settings, options: run(faq.check(settings, options.data, options)),
    "posters": lambda settings, options: run(posters.run(settings, options.data, options)),
    "check": check,
    "classifier": classifier,
}
