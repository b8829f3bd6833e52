"""`./domovoy check faq|classify|address|message|dialog`: measure the bot's understanding on a company's own data."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.commands.check import address, classify, dialog, faq, house_file, html_report, json_lines, mail_file, message
from bot.commands.check.arguments import TITLES
from bot.commands.check.result import Outcome
from bot.factory import ROOT, company_of, facts_of_company
from bot.process.progress import Progress
from bot.settings.schema import Settings
from dialogs.world import World
from faq.base.loader import load_base
from faq.matching.matcher import FaqMatcher
from texts.catalog import Catalog
from tickets.classification.classifier import RuleClassifier


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check one file; the last line of standard output is the summary as JSON.

    Raises:
        ConfigError: an input cannot be used; nothing was written then.
    """
    outcome = outcome_of(settings, options)
    json_lines.write(options.out, outcome.rows)
    if options.html:
        html_report.write(options.html, TITLES[options.kind], outcome)
    print(json.dumps(outcome.summary, ensure_ascii=False))
    return 0


def outcome_of(settings: Settings, options: argparse.Namespace) -> Outcome:
    progress = Progress()
    match options.kind:
        case "faq":
            return faq.check(json_lines.read(options.file, "text"), matcher(settings, options.kb), progress)
        case "classify":
            return classify.check(json_lines.read(options.file, "text"), RuleClassifier.shipped(), progress)
        case "address":
            return address.check(json_lines.read(options.file, "text"), house_file.load(options.houses), progress)
        case "message":
            lines = json_lines.numbered(options.file, "text", "eml", objects=["expect"])
            register = house_file.load(options.houses)
            messages = mail_file.read_messages(lines, options.file, settings)
            return message.check(
                [row for _, row in lines], messages, register, world(settings, register, None), progress
            )
    dialogs = json_lines.read(options.file, json_lines.TURNS, objects=["expect"])
    register = house_file.load(options.houses)
    catalog = Catalog(settings.company.language, ZoneInfo(settings.company.timezone))
    return dialog.check(dialogs, register, world(settings, register, options.kb), catalog, progress)


def matcher(settings: Settings, kb: Path | None) -> FaqMatcher:
    base = load_base(kb or ROOT / settings.company.faq, facts_of_company(settings))
    return FaqMatcher(base, RuleClassifier.shipped().model)


def world(settings: Settings, register: house_file.Register, kb: Path | None) -> World:
    now = datetime.now(ZoneInfo(settings.company.timezone))
    company, classifier = company_of(settings), RuleClassifier.shipped()
    return dialog.world_at(now, register, classifier, matcher(settings, kb), company)
