"""Build the parts of an installation from its settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.delivery.policy.quiet_hours import QuietHours
from bot.ports.poll_cursor import StoredCursor
from bot.ports.transcript import StoredTranscript
from bot.settings.schema import Settings
from bot.turns.context import DialogContext
from bot.turns.served_houses import HouseRegister
from channels.config import ChannelContext, SharedSettings
from channels.contract import Channel, Files, Linked, Routes
from channels.registry import LibraryMissing, build_channel
from dialogs.world import Company
from errors import ConfigError
from faq.base.house_answers import with_house_ids
from faq.base.loader import Base, load_base
from faq.matching.matcher import FaqMatcher
from houses.posters.printer import Printer
from houses.register.loader import load_csv
from models import corrections
from models import houses as house_rows
from models.coordination.wakeup import LocalWakeup, Wakeup
from models.database.database import Database
from models.queues.inbox_claim import Throttle
from texts.catalog import Catalog
from tickets.classification.classifier import RuleClassifier
from tickets.classification.problems import shipped
from tickets.learning import evaluation as learning

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent


def build_channels(
    settings: Settings, files: Files, database: Database, wakeup: Wakeup | None = None
) -> dict[str, Channel]:
    """Return the channels that are switched on, by name; one whose library is missing is left out and logged.

    wakeup: tells a channel of new lines of its conversations; None: this process has none, it only asks the channels.

    Raises:
        ConfigError: a channel's settings cannot work, or no channel is left.
    """
    shared = shared_settings_of(settings)
    channels: dict[str, Channel] = {}
    missing: list[LibraryMissing] = []
    for name, config in settings.channels.items():
        if not config.enabled:
            continue
        context = ChannelContext(
            files=files,
            cursor=StoredCursor(database, name),
            transcript=StoredTranscript(name, database, LocalWakeup() if wakeup is None else wakeup),
            is_emergency=lambda text: bool(RuleClassifier.shipped().emergency(text)),  # built when first asked
        )
        try:
            channels[name] = build_channel(name, replace(config, shared=shared), context)
        except LibraryMissing as error:
            missing.append(error)
            logger.error(
                "a channel is not started: its library is missing",
                extra={"action": "channel.library_missing", "channel": name, "library": error.library},
            )
    if not channels and missing:
        raise ConfigError(str(missing[0])) from missing[0]
    if not channels:
        raise ConfigError("channels: выключены все каналы; включите хотя бы channels.web")
    return channels


def shared_settings_of(settings: Settings) -> SharedSettings:
    company, server = settings.company, settings.server
    return SharedSettings(
        company=company.name,
        phone=company.emergency_phone,
        policy_url=company.policy_url,
        timezone=company.timezone,
        public_url=server.public_url,
        trusted_proxies=server.trusted_proxies,
    )


def printer_of(settings: Settings, channels: Mapping[str, Channel]) -> Printer:
    """Make what draws posters: the company's words and the channels that a link opens."""
    linked = {
        name: channel
        for name, channel in channels.items()
        if isinstance(channel, Linked) and (settings.server.public_url or not isinstance(channel, Routes))
    }
    return Printer(company=settings.company.name, phone=settings.company.emergency_phone, channels=linked)


def company_of(settings: Settings) -> Company:
    company = settings.company
    return Company(
        name=company.name,
        phone=company.phone,
        emergency_phone=company.emergency_phone,
        office_hours=company.office_hours,
        policy_url=company.policy_url,
        area_code=company.area_code,
    )


def load_knowledge(settings: Settings) -> Base:
    """Read the FAQ with the company's facts filled in.

    Raises:
        ConfigError: it cannot be used.
    """
    return load_base(ROOT / settings.company.faq, facts_of_company(settings))


def facts_of_company(settings: Settings) -> dict[str, str]:
    """Return what the answers of the FAQ may name in braces."""
    company = settings.company
    return {
        "company_phone": company.phone,
        "emergency_phone": company.emergency_phone,
        "office_hours": company.office_hours,
        "readings_from": str(company.readings_from),
        "readings_to": str(company.readings_to),
        "regoperator": company.regoperator,
        "gji": company.gji,
    }


async def build_context(
    database: Database, settings: Settings, channels: Mapping[str, Channel], knowledge: Base
) -> DialogContext:
    """Put together what a dialog may ask: houses from the register, questions, problems, texts.

    Raises:
        ConfigError: the knowledge base names a house that is not in the register.
    """
    zone = ZoneInfo(settings.company.timezone)
    served = HouseRegister()
    await served.load(database)
    classifier = await build_classifier(database)
    return DialogContext(
        company=company_of(settings),
        addresses=served,
        classifier=classifier,
        faq=FaqMatcher(with_house_ids(knowledge, served.ids_of), classifier.model),
        problems=tuple(shipped().values()),
        catalog=Catalog(settings.company.language, zone),
        capabilities={name: channel.capabilities for name, channel in channels.items()},
        listens=bool(settings.voice.transcriber_url),
        throttle=Throttle(messages=settings.throttle.messages, seconds=settings.throttle.seconds),
        now=lambda: datetime.now(zone),
        quiet=quiet_hours(settings, served.zones),
    )


async def build_classifier(database: Database) -> RuleClassifier:
    """Return the shipped classifier, with what it was made to learn from corrections."""
    shipped_one = RuleClassifier.shipped()
    learned = learning.learned_examples(await database.transaction(corrections.learned), shipped_one)
    if not learned:
        return shipped_one
    logger.info("learned corrections are in use", extra={"action": "classifier.learned", "count": len(learned)})
    return RuleClassifier.with_corrections(learned)


def quiet_hours(settings: Settings, zones: Mapping[int, ZoneInfo] | None = None) -> QuietHours:
    """Return when news wait for the morning; zones: of the houses that name one."""
    return QuietHours(
        begins=settings.delivery.quiet_from,
        ends=settings.delivery.quiet_to,
        zone=ZoneInfo(settings.company.timezone),
        zones={} if zones is None else zones,
    )


async def import_houses_once(database: Database, settings: Settings) -> None:
    """Fill the register from `company.houses` when the database has no house yet."""
    if await database.transaction(house_rows.count):
        return
    path = ROOT / settings.company.houses
    register = load_csv(path)
    await database.transaction(lambda conn: house_rows.add(conn, register))
    logger.info("houses imported", extra={"action": "houses.imported", "count": len(register)})
