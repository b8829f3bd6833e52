-- One statement set for SQLite and PostgreSQL. :pk: becomes the dialect's generated primary key.
-- Times are integer epoch milliseconds, UTC. JSON is text. Truth values are 0 and 1. `tenant` is first in every key.

CREATE TABLE lane (
    id INTEGER PRIMARY KEY
);

CREATE TABLE inbox (
    id :pk:,
    tenant BIGINT NOT NULL,
    lane INTEGER NOT NULL,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    order_key BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    body TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, -- 0 waiting, 1 done, 2 quarantined
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (tenant, channel, key)
);
CREATE INDEX inbox_waiting ON inbox (lane, id) WHERE state = 0;
CREATE INDEX inbox_arrival ON inbox (id) WHERE state = 0;
CREATE INDEX inbox_quarantined ON inbox (id) WHERE state = 2;

CREATE TABLE resident (
    id :pk:,
    tenant BIGINT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    house_id BIGINT NOT NULL DEFAULT 0,
    apartment TEXT NOT NULL DEFAULT '',
    notice_version TEXT NOT NULL DEFAULT '',
    notified_ms BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL
);
CREATE INDEX resident_phone ON resident (tenant, phone);

CREATE TABLE conversation (
    id :pk:,
    tenant BIGINT NOT NULL,
    lane INTEGER NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    resident_id BIGINT NOT NULL,
    session TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 0,
    reachable INTEGER NOT NULL DEFAULT 1,
    sender_name TEXT NOT NULL DEFAULT '',
    -- handover: waiting_ms > 0 while a dispatcher is called and nobody has claimed; claimed_by is a user id or 0
    waiting_ms BIGINT NOT NULL DEFAULT 0,
    wait_reason TEXT NOT NULL DEFAULT '',
    urgent INTEGER NOT NULL DEFAULT 0,
    alerted_ms BIGINT NOT NULL DEFAULT 0,
    claimed_by BIGINT NOT NULL DEFAULT 0,
    claimed_ms BIGINT NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    UNIQUE (tenant, channel, address)
);
CREATE INDEX conversation_waiting ON conversation (tenant, waiting_ms) WHERE waiting_ms > 0;
CREATE INDEX conversation_claimed ON conversation (tenant, claimed_by) WHERE claimed_by > 0;
CREATE INDEX conversation_resident ON conversation (resident_id);
CREATE INDEX conversation_last ON conversation (tenant, last_ms);

CREATE TABLE message (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    author TEXT NOT NULL, -- resident, bot, dispatcher
    author_id BIGINT NOT NULL DEFAULT 0,
    author_name TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL,
    buttons TEXT NOT NULL DEFAULT '', -- JSON: rows of [label, value]
    file TEXT NOT NULL DEFAULT '', -- attachment.name
    at_ms BIGINT NOT NULL
);
CREATE INDEX message_conversation ON message (conversation_id, id);

CREATE TABLE attachment (
    id :pk:,
    tenant BIGINT NOT NULL,
    name TEXT NOT NULL, -- ours: opaque, unguessable; also the file's name on disk
    channel TEXT NOT NULL,
    remote TEXT NOT NULL, -- JSON of the channel's FileRef
    title TEXT NOT NULL DEFAULT '', -- what the sender called it; never a disk name
    mime TEXT NOT NULL DEFAULT '',
    size BIGINT NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0, -- 0 to be fetched, 1 stored, 2 failed
    tries INTEGER NOT NULL DEFAULT 0,
    due_ms BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_ms BIGINT NOT NULL,
    UNIQUE (tenant, name)
);
CREATE INDEX attachment_waiting ON attachment (due_ms) WHERE state = 0;

CREATE TABLE outbox (
    id :pk:,
    tenant BIGINT NOT NULL,
    channel TEXT NOT NULL,
    conversation TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    priority INTEGER NOT NULL,
    due_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0, -- 0 waiting, 1 sent, 2 dead, 3 dead and seen by a dispatcher
    sent_ms BIGINT NOT NULL DEFAULT 0,
    provider_id TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (tenant, key)
);
CREATE INDEX outbox_waiting ON outbox (tenant, channel, priority, id) WHERE state = 0;
CREATE INDEX outbox_head ON outbox (tenant, channel, conversation, id) WHERE state = 0;
CREATE INDEX outbox_dead ON outbox (tenant, id) WHERE state = 2;

CREATE TABLE channel (
    id :pk:,
    tenant BIGINT NOT NULL,
    name TEXT NOT NULL,
    cursor TEXT NOT NULL DEFAULT '',
    paused_until_ms BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant, name)
);

CREATE TABLE timer (
    id :pk:,
    tenant BIGINT NOT NULL,
    lane INTEGER NOT NULL,
    channel TEXT NOT NULL,
    conversation TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON of the event put into the inbox when it fires
    due_ms BIGINT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, -- 0 waiting, 1 fired, 2 cancelled
    UNIQUE (tenant, key)
);
CREATE INDEX timer_waiting ON timer (due_ms) WHERE state = 0;
CREATE INDEX timer_conversation ON timer (tenant, channel, conversation) WHERE state = 0;

CREATE TABLE house (
    id :pk:,
    tenant BIGINT NOT NULL,
    address TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}', -- JSON: entrances, flats, floors, timezone, fias_guid ...
    active INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant, address)
);

CREATE TABLE counter (
    tenant BIGINT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE ticket (
    id :pk:,
    tenant BIGINT NOT NULL,
    number TEXT NOT NULL,
    conversation_id BIGINT NOT NULL DEFAULT 0,
    resident_id BIGINT NOT NULL DEFAULT 0,
    source TEXT NOT NULL, -- channel name
    status TEXT NOT NULL,
    category TEXT NOT NULL,
    problem TEXT NOT NULL,
    problem_title TEXT NOT NULL,
    priority TEXT NOT NULL,
    emergency TEXT NOT NULL DEFAULT '',
    house_id BIGINT NOT NULL DEFAULT 0,
    address TEXT NOT NULL DEFAULT '',
    apartment TEXT NOT NULL DEFAULT '',
    entrance TEXT NOT NULL DEFAULT '',
    floor TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    accepted_by TEXT NOT NULL DEFAULT '', -- "бот" or a dispatcher's name
    executor TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    created_ms BIGINT NOT NULL,
    react_due_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    visit_ms BIGINT NOT NULL DEFAULT 0,
    informed_ms BIGINT NOT NULL DEFAULT 0, -- when the planned term was told
    done_ms BIGINT NOT NULL DEFAULT 0,
    closed_ms BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant, number)
);
CREATE INDEX ticket_resident ON ticket (resident_id, id);
CREATE INDEX ticket_conversation ON ticket (conversation_id);
CREATE INDEX ticket_status ON ticket (tenant, status, due_ms);
CREATE INDEX ticket_house ON ticket (tenant, house_id, id);

CREATE TABLE ticket_event (
    id :pk:,
    tenant BIGINT NOT NULL,
    ticket_id BIGINT NOT NULL,
    action TEXT NOT NULL, -- dotted: ticket.opened, ticket.status.changed, ticket.comment.added ...
    actor_kind TEXT NOT NULL, -- resident, dispatcher, clock, bot
    actor_id BIGINT NOT NULL DEFAULT 0,
    actor_name TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}', -- JSON
    at_ms BIGINT NOT NULL
);
CREATE INDEX ticket_event_ticket ON ticket_event (ticket_id, id);

CREATE TABLE ticket_file (
    id :pk:,
    tenant BIGINT NOT NULL,
    ticket_id BIGINT NOT NULL,
    file TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (ticket_id, file)
);

CREATE TABLE operator_user (
    id :pk:,
    tenant BIGINT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL, -- dispatcher, manager, admin
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    on_duty_ms BIGINT NOT NULL DEFAULT 0, -- last sign of life in the console
    created_ms BIGINT NOT NULL,
    UNIQUE (tenant, login)
);

CREATE TABLE operator_session (
    token_hash TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL,
    csrf TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);

CREATE TABLE login_attempt (
    id :pk:,
    login TEXT NOT NULL,
    address TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX login_attempt_at ON login_attempt (at_ms);

CREATE TABLE unanswered (
    id :pk:,
    tenant BIGINT NOT NULL,
    text TEXT NOT NULL,
    count BIGINT NOT NULL DEFAULT 1,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    UNIQUE (tenant, text)
);

CREATE TABLE faq_rating (
    id :pk:,
    tenant BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    helped INTEGER NOT NULL,
    at_ms BIGINT NOT NULL
);

CREATE TABLE handover_event (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    action TEXT NOT NULL, -- handover.called, handover.claimed, handover.released, handover.alerted
    actor_id BIGINT NOT NULL DEFAULT 0,
    actor_name TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}',
    at_ms BIGINT NOT NULL
);
CREATE INDEX handover_event_conversation ON handover_event (conversation_id, id);
