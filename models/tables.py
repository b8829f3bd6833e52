"""The tables as Tortoise models, for queries of the console and the reports.

The schema itself comes from ``models/migrations``; a test compares both. Only `counter` has no model, because Tortoise
knows no key of two columns. Changes go through ``tickets/service.py`` and the statements of this folder, never through
``save()``.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Where(Index):
    """A partial index; Tortoise's own knows only `column = value`."""

    def __init__(self, columns: tuple[str, ...], name: str, condition: str) -> None:
        super().__init__(fields=columns, name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"


class Lane(Model):
    id = fields.IntField(primary_key=True, generated=False)

    class Meta:
        table = "lane"


class Inbox(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    key = fields.TextField()
    order_key = fields.BigIntField()
    conversation = fields.TextField()
    body = fields.TextField()
    at_ms = fields.BigIntField()
    state = fields.IntField(default=0)
    tries = fields.IntField(default=0)
    error = fields.TextField(default="")

    class Meta:
        table = "inbox"
        unique_together = (("tenant", "channel", "key"),)
        indexes = (
            Where(("lane", "tenant", "channel", "id"), "inbox_waiting", "state = 0"),
            Where(("tenant", "channel", "id"), "inbox_arrival", "state = 0"),
            Where(("tenant", "channel", "conversation", "id"), "inbox_sender", "state = 0"),
            Where(("lane", "id"), "inbox_aside", "state = 3"),
            Where(("id",), "inbox_quarantined", "state = 2"),
        )


class Resident(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField(default="")
    phone = fields.TextField(default="")
    house_id = fields.BigIntField(default=0)
    apartment = fields.TextField(default="")
    notice_version = fields.TextField(default="")
    notified_ms = fields.BigIntField(default=0)
    forgotten_ms = fields.BigIntField(default=0)  # asked to be forgotten; 0: never
    created_ms = fields.BigIntField()
    phone_verified_ms = fields.BigIntField(default=0)  # a channel vouched for the phone; 0: it was only typed
    push_conversation_id = fields.BigIntField(default=0)  # where news go; 0: to the conversation of the ticket
    merged_into = fields.BigIntField(default=0)  # the resident this one turned out to be
    announcements = fields.IntField(default=1)  # 0: only urgent ones
    several = fields.IntField(default=0)  # 1: has more than one conversation

    class Meta:
        table = "resident"
        indexes = (
            Index(fields=("tenant", "phone"), name="resident_phone"),
            Where(("tenant", "forgotten_ms"), "resident_forgotten", "forgotten_ms > 0"),
            Where(("merged_into",), "resident_merged", "merged_into > 0"),
        )


class Conversation(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    address = fields.TextField()
    resident_id = fields.BigIntField()
    session = fields.TextField(default="")
    version = fields.BigIntField(default=0)
    reachable = fields.IntField(default=1)
    unreachable_reason = fields.TextField(default="")  # "blocked", "bounced"
    thread = fields.TextField(default="")  # `Incoming.thread` of the last message that had one
    sender_name = fields.TextField(default="")
    waiting_ms = fields.BigIntField(default=0)
    wait_reason = fields.TextField(default="")
    urgent = fields.IntField(default=0)
    alerted_ms = fields.BigIntField(default=0)
    claimed_by = fields.BigIntField(default=0)
    claimed_ms = fields.BigIntField(default=0)
    unread = fields.IntField(default=0)
    aside = fields.BigIntField(default=0)  # messages of a flood that were not answered
    aside_ms = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()
    last_ms = fields.BigIntField()

    class Meta:
        table = "conversation"
        unique_together = (("tenant", "channel", "address"),)
        indexes = (
            Where(("tenant", "waiting_ms"), "conversation_waiting", "waiting_ms > 0"),
            Where(("tenant", "claimed_by"), "conversation_claimed", "claimed_by > 0"),
            Index(fields=("resident_id",), name="conversation_resident"),
            Index(fields=("tenant", "last_ms"), name="conversation_last"),
            Index(fields=("lane", "id"), name="conversation_lane"),
        )


class Message(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    author = fields.TextField()
    author_id = fields.BigIntField(default=0)
    author_name = fields.TextField(default="")
    text = fields.TextField()
    buttons = fields.TextField(default="")
    file = fields.TextField(default="")
    at_ms = fields.BigIntField()

    class Meta:
        table = "message"
        indexes = (Index(fields=("conversation_id", "id"), name="message_conversation"),)


class Attachment(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField()
    channel = fields.TextField()
    remote = fields.TextField()
    title = fields.TextField(default="")
    mime = fields.TextField(default="")
    size = fields.BigIntField(default=0)
    state = fields.IntField(default=0)
    tries = fields.IntField(default=0)
    due_ms = fields.BigIntField(default=0)
    error = fields.TextField(default="")
    created_ms = fields.BigIntField()
    hash = fields.TextField(default="")
    conversation_id = fields.BigIntField(default=0)
    voice = fields.IntField(default=0)
    transcript = fields.TextField(default="")

    class Meta:
        table = "attachment"
        unique_together = (("tenant", "name"),)
        indexes = (
            Where(("due_ms",), "attachment_waiting", "state = 0"),
            Index(fields=("tenant", "hash"), name="attachment_hash"),
            Where(("id",), "attachment_unheard", "voice = 1"),
        )


class Outbox(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    channel = fields.TextField()
    conversation = fields.TextField()
    key = fields.TextField()
    body = fields.TextField()
    priority = fields.IntField()
    due_ms = fields.BigIntField()
    created_ms = fields.BigIntField()
    tries = fields.IntField(default=0)
    state = fields.IntField(default=0)
    sent_ms = fields.BigIntField(default=0)
    sending_ms = fields.BigIntField(default=0)  # of the send under way; 0: none
    provider_id = fields.TextField(default="")
    error = fields.TextField(default="")

    class Meta:
        table = "outbox"
        unique_together = (("tenant", "key"),)
        indexes = (
            Where(("tenant", "channel", "priority", "due_ms", "id"), "outbox_waiting", "state = 0"),
            Where(("tenant", "channel", "conversation", "priority", "id"), "outbox_head", "state = 0"),
            Where(("tenant", "id"), "outbox_dead", "state = 2"),
            Where(("tenant", "channel", "due_ms"), "outbox_unknown", "state = 4"),
        )


class Channel(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField()
    cursor = fields.TextField(default="")
    paused_until_ms = fields.BigIntField(default=0)

    class Meta:
        table = "channel"
        unique_together = (("tenant", "name"),)


class Timer(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    conversation = fields.TextField()
    key = fields.TextField()
    body = fields.TextField()
    due_ms = fields.BigIntField()
    state = fields.IntField(default=0)

    class Meta:
        table = "timer"
        unique_together = (("tenant", "key"),)
        indexes = (
            Where(("due_ms",), "timer_waiting", "state = 0"),
            Where(("tenant", "channel", "conversation"), "timer_conversation", "state = 0"),
        )


class Broadcast(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    key = fields.TextField()
    body = fields.TextField()
    audience = fields.TextField()
    lane = fields.IntField(default=0)
    cursor = fields.BigIntField(default=0)
    state = fields.IntField(default=0)
    total = fields.BigIntField(default=0)
    queued = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()
    created_by = fields.BigIntField(default=0)

    class Meta:
        table = "broadcast"
        unique_together = (("tenant", "key"),)
        indexes = (Where(("id",), "broadcast_running", "state = 0"),)


class Outage(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    resource = fields.TextField()
    text = fields.TextField(default="")
    everywhere = fields.IntField(default=0)
    from_ms = fields.BigIntField()
    until_ms = fields.BigIntField()
    created_ms = fields.BigIntField()
    created_by = fields.BigIntField(default=0)

    class Meta:
        table = "outage"
        indexes = (Index(fields=("tenant", "until_ms"), name="outage_until"),)


class OutageHouse(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    outage_id = fields.BigIntField()
    house_id = fields.BigIntField()

    class Meta:
        table = "outage_house"
        unique_together = (("outage_id", "house_id"),)
        indexes = (Index(fields=("house_id", "outage_id"), name="outage_house_house"),)


class House(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    address = fields.TextField()
    details = fields.TextField(default="{}")
    active = fields.IntField(default=1)

    class Meta:
        table = "house"
        unique_together = (("tenant", "address"),)


class Ticket(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    number = fields.TextField()
    conversation_id = fields.BigIntField(default=0)
    resident_id = fields.BigIntField(default=0)
    source = fields.TextField()
    status = fields.TextField()
    category = fields.TextField()
    problem = fields.TextField()
    problem_title = fields.TextField()
    priority = fields.TextField()
    emergency = fields.TextField(default="")
    house_id = fields.BigIntField(default=0)
    address = fields.TextField(default="")
    apartment = fields.TextField(default="")
    entrance = fields.TextField(default="")
    floor = fields.TextField(default="")
    name = fields.TextField(default="")
    phone = fields.TextField(default="")
    text = fields.TextField(default="")
    accepted_by = fields.TextField(default="")
    executor = fields.TextField(default="")
    reason = fields.TextField(default="")
    created_ms = fields.BigIntField()
    react_due_ms = fields.BigIntField()
    due_ms = fields.BigIntField()
    visit_ms = fields.BigIntField(default=0)
    informed_ms = fields.BigIntField(default=0)
    done_ms = fields.BigIntField(default=0)
    closed_ms = fields.BigIntField(default=0)
    version = fields.BigIntField(default=0)

    class Meta:
        table = "ticket"
        unique_together = (("tenant", "number"),)
        indexes = (
            Index(fields=("resident_id", "id"), name="ticket_resident"),
            Index(fields=("conversation_id",), name="ticket_conversation"),
            Index(fields=("tenant", "status", "due_ms"), name="ticket_status"),
            Index(fields=("tenant", "house_id", "id"), name="ticket_house"),
        )


class TicketEvent(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    action = fields.TextField()
    actor_kind = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    details = fields.TextField(default="{}")
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_event"
        indexes = (Index(fields=("ticket_id", "id"), name="ticket_event_ticket"),)


class TicketFollower(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    conversation_id = fields.BigIntField()
    resident_id = fields.BigIntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_follower"
        unique_together = (("ticket_id", "conversation_id"),)
        indexes = (Index(fields=("resident_id",), name="ticket_follower_resident"),)


class TicketFile(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    file = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_file"
        unique_together = (("ticket_id", "file"),)


class OperatorUser(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    login = fields.TextField()
    name = fields.TextField()
    role = fields.TextField()
    password_hash = fields.TextField()
    active = fields.IntField(default=1)
    on_duty_ms = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()

    class Meta:
        table = "operator_user"
        unique_together = (("tenant", "login"),)


class OperatorSession(Model):
    token_hash = fields.CharField(max_length=64, primary_key=True)
    user_id = fields.BigIntField()
    csrf = fields.TextField()
    created_ms = fields.BigIntField()
    seen_ms = fields.BigIntField()

    class Meta:
        table = "operator_session"


class LoginAttempt(Model):
    id = fields.BigIntField(primary_key=True)
    login = fields.TextField()
    address = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "login_attempt"
        indexes = (Index(fields=("at_ms",), name="login_attempt_at"),)


class Unanswered(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    text = fields.TextField()
    count = fields.BigIntField(default=1)
    first_ms = fields.BigIntField()
    last_ms = fields.BigIntField()

    class Meta:
        table = "unanswered"
        unique_together = (("tenant", "text"),)


class Correction(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField(default=0)
    ticket_id = fields.BigIntField(default=0)
    text = fields.TextField()
    guessed = fields.TextField()
    chosen = fields.TextField()
    who = fields.TextField()
    at_ms = fields.BigIntField()
    learned_ms = fields.BigIntField(default=0)

    class Meta:
        table = "correction"
        indexes = (
            Where(("conversation_id",), "correction_conversation", "conversation_id > 0"),
            Where(("ticket_id",), "correction_ticket", "ticket_id > 0"),
            Where(("tenant", "id"), "correction_learned", "learned_ms > 0"),
        )


class FaqRating(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    entry_id = fields.TextField()
    helped = fields.IntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "faq_rating"


class HandoverEvent(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    action = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    details = fields.TextField(default="{}")
    at_ms = fields.BigIntField()

    class Meta:
        table = "handover_event"
        indexes = (Index(fields=("conversation_id", "id"), name="handover_event_conversation"),)


class IdentityMerge(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    kept_id = fields.BigIntField()
    merged_id = fields.BigIntField()
    moved = fields.TextField()
    reason = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    at_ms = fields.BigIntField()
    undone_ms = fields.BigIntField(default=0)
    undone_by = fields.TextField(default="")

    class Meta:
        table = "identity_merge"
        indexes = (
            Index(fields=("kept_id",), name="identity_merge_kept"),
            Index(fields=("merged_id",), name="identity_merge_merged"),
        )


class IdentityRequest(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    other_id = fields.BigIntField(default=0)
    reason = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "identity_request"


class IdentityCode(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    hash = fields.TextField()
    expires_ms = fields.BigIntField()
    used_ms = fields.BigIntField(default=0)

    class Meta:
        table = "identity_code"
        unique_together = (("tenant", "hash"),)
        indexes = (Index(fields=("conversation_id",), name="identity_code_conversation"),)


class IdentityTry(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "identity_try"
        indexes = (
            Index(fields=("conversation_id", "at_ms"), name="identity_try_conversation"),
            Index(fields=("at_ms",), name="identity_try_at"),
        )
