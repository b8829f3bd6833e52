"""Build the parts of an installation from its settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.served import Served
from bot.settings import Settings
from bot.turns import House
from channels.contract import Channel, ConfigError, Files, Transcript
from channels.simulator.config import SimulatorConfig
from channels.web.adapter import WebChat
from channels.web.config import WebConfig
from dialogs.types import Company
from faq.base import Base, load_base
from faq.matcher import FaqMatcher
from houses.register import load_csv
from models import houses as house_rows
from models.claiming import Throttle
from models.database import Database
from texts.catalog import Catalog
from tickets.classifier import RuleClassifier
from tickets.problems import shipped

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent


def build_channels(settings: Settings, transcript: Transcript, files: Files) -> dict[str, Channel]:
    """Return the channels that are switched on, by name. A messenger's library is imported only when it is used."""
    channels: dict[str, Channel] = {}
    if settings.channels.web.enabled:
        classifier = RuleClassifier.shipped()
        channels["web"] = WebChat(
            web_config(settings), transcript, files, is_emergency=lambda text: bool(classifier.emergency(text))
        )
    if settings.channels.telegram.enabled:
        from channels.telegram.adapter import Telegram
        from channels.telegram.config import TelegramConfig

        telegram = settings.channels.telegram
        channels["telegram"] = Telegram(
            TelegramConfig(
                token=telegram.token,
                api_base=telegram.api_base,
                proxy=telegram.proxy,
                webhook_url=telegram.webhook_url,
                webhook_secret=telegram.webhook_secret,
                poll_timeout_seconds=telegram.poll_timeout_seconds,
            ),
            files,
        )
    if settings.channels.simulator.enabled:
        from channels.simulator.adapter import Simulator

        channels["simulator"] = Simulator(simulator_config(settings))
    if not channels:
        raise ConfigError("channels: выключены все каналы; включите хотя бы channels.web")
    return channels


def web_config(settings: Settings) -> WebConfig:
    web, server = settings.channels.web, settings.server
    return WebConfig(
        company=settings.company.name,
        phone=settings.company.emergency_phone,
        policy_url=settings.company.policy_url,
        timezone=settings.company.timezone,
        public_url=server.public_url,
        trusted_proxies=server.trusted_proxies,
        frame_ancestors=web.frame_ancestors,
        photo_bytes=web.photo_megabytes * 1_000_000,
    )


def simulator_config(settings: Settings) -> SimulatorConfig:
    simulator = settings.channels.simulator
    return SimulatorConfig(
        endpoint=simulator.endpoint,
        secret=simulator.secret,
        allow_remote=simulator.allow_remote,
        idempotent=simulator.idempotent,
        per_second=simulator.per_second,
        per_conversation_second=simulator.per_conversation_second,
        in_flight=simulator.in_flight,
        timeout_seconds=simulator.timeout_seconds,
    )


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


def complains(text: str) -> bool:
    """Say whether a text reports trouble that the classifier is sure of."""
    named = RuleClassifier.shipped().classify(text)
    return named is not None and named.sure


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


async def build_house(
    database: Database, settings: Settings, channels: Mapping[str, Channel], knowledge: Base
) -> House:
    """Put together what a dialog may ask: houses from the register, questions, problems, texts."""
    zone = ZoneInfo(settings.company.timezone)
    served = Served()
    await served.load(database)
    return House(
        company=company_of(settings),
        addresses=served,
        classifier=RuleClassifier.shipped(),
        faq=FaqMatcher(knowledge, complains),
        problems=tuple(shipped().values()),
        catalog=Catalog(settings.company.language, zone),
        limits={name: channel.limits for name, channel in channels.items()},
        throttle=Throttle(messages=settings.throttle.messages, seconds=settings.throttle.seconds),
        now=lambda: datetime.now(zone),
    )


async def import_houses_once(database: Database, settings: Settings) -> None:
    """Fill the register from `company.houses` when the database has no house yet."""
    if await database.unit(house_rows.count):
        return
    path = ROOT / settings.company.houses
    register = load_csv(path)
    await database.unit(lambda conn: house_rows.add(conn, register))
    logger.info("houses imported", extra={"action": "houses.imported", "count": len(register)})
