"""Build the parts of an installation from its settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.delivery.policy.quiet_hours import QuietHours
from bot.ports.poll_cursor import StoredCursor
from bot.settings.schema import Settings
from bot.turns.context import DialogContext
from bot.turns.served_houses import HouseRegister
from channels.contract import Channel, Files, Linked, Transcript
from channels.mail.config import MailConfig
from channels.simulator.config import SimulatorConfig
from channels.web.adapter import WebChat
from channels.web.config import WebConfig
from dialogs.world import Company
from errors import ConfigError
from faq.base.house_answers import with_house_ids
from faq.base.loader import Base, load_base
from faq.matching.matcher import FaqMatcher
from houses.posters.printer import Printer
from houses.register.loader import load_csv
from models import corrections
from models import houses as house_rows
from models.database.database import Database
from models.queues.inbox_claim import Throttle
from texts.catalog import Catalog
from tickets.classification.classifier import RuleClassifier
from tickets.classification.problems import shipped
from tickets.learning import evaluation as learning

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent


def build_channels(settings: Settings, transcript: Transcript, files: Files, database: Database) -> dict[str, Channel]:
    """Return the channels that are switched on, by name. A messenger's library is imported only when it is used."""
    channels: dict[str, Channel] = {}
    if settings.channels.web.enabled:
        classifier = RuleClassifier.shipped()
        channels["web"] = WebChat(
            web_config(settings), transcript, files, is_emergency=lambda text: bool(classifier.emergency(text))
        )
    if settings.channels.max.enabled:
        from channels.max.adapter import Max
        from channels.max.config import MaxConfig

        messenger = settings.channels.max
        channels["max"] = Max(
            MaxConfig(
                token=messenger.token,
                api_base=messenger.api_base,
                ca_file=messenger.ca_file,
                proxy=messenger.proxy,
                webhook_url=messenger.webhook_url,
                webhook_secret=messenger.webhook_secret,
                poll_timeout_seconds=messenger.poll_timeout_seconds,
            ),
            files,
            StoredCursor(database, "max"),
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
    if settings.channels.vk.enabled:
        from channels.vk.adapter import Vk
        from channels.vk.config import VkConfig

        vk = settings.channels.vk
        channels["vk"] = Vk(
            VkConfig(
                token=vk.token,
                group_id=vk.group_id,
                api_base=vk.api_base,
                callback_url=vk.callback_url,
                callback_secret=vk.callback_secret,
                confirmation=vk.confirmation,
                poll_timeout_seconds=vk.poll_timeout_seconds,
            ),
            files,
            StoredCursor(database, "vk"),
        )
    if settings.channels.sms.enabled:
        from channels.sms.adapter import Sms
        from channels.sms.config import SmsConfig

        sms = settings.channels.sms
        channels["sms"] = Sms(
            SmsConfig(
                url=sms.url,
                method=sms.method.upper(),
                body=sms.body,
                headers=sms.headers,
                token=sms.token,
                success=sms.success,
                per_second=sms.per_second,
            )
        )
    if settings.channels.mail.enabled:
        from channels.mail.adapter import Mail

        channels["mail"] = Mail(mail_config(settings), files, StoredCursor(database, "mail"))
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
        form_secret=web.form_secret,
    )


def mail_config(settings: Settings) -> MailConfig:
    mail = settings.channels.mail
    return MailConfig(
        address=mail.address,
        login=mail.login,
        password=mail.password,
        name=settings.company.name,
        imap_host=mail.imap_host,
        imap_port=mail.imap_port,
        imap_security=mail.imap_security,
        imap_folder=mail.imap_folder,
        smtp_host=mail.smtp_host,
        smtp_port=mail.smtp_port,
        smtp_security=mail.smtp_security,
        ca_file=mail.ca_file,
        secret=mail.secret,
        plus_addresses=mail.plus_addresses,
        poll_seconds=mail.poll_seconds,
        message_bytes=mail.message_megabytes * 1_000_000,
        max_per_hour=mail.max_per_hour,
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


def printer_of(settings: Settings, channels: Mapping[str, Channel]) -> Printer:
    """Make what draws posters: the company's words and the channels that a link opens."""
    linked = {name: one for name, one in channels.items() if isinstance(one, Linked)}
    if not settings.server.public_url:
        linked.pop("web", None)
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
    learned = learning.examples(await database.transaction(corrections.learned), shipped_one)
    if not learned:
        return shipped_one
    logger.info("learned corrections are in use", extra={"action": "classifier.learned", "count": len(learned)})
    return RuleClassifier.with_learned(learned)


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
