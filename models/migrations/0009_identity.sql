-- One resident in many channels: what proved it, what moved, and where news go.

-- When a channel vouched that `phone` is the resident's own; 0: it was only typed.
ALTER TABLE resident ADD COLUMN phone_verified_ms BIGINT NOT NULL DEFAULT 0;
-- Where news of tickets go; 0: to the conversation of the ticket.
ALTER TABLE resident ADD COLUMN push_conversation_id BIGINT NOT NULL DEFAULT 0;
-- The resident this one turned out to be; 0: nobody.
ALTER TABLE resident ADD COLUMN merged_into BIGINT NOT NULL DEFAULT 0;
-- 1: has more than one conversation.
ALTER TABLE resident ADD COLUMN several INTEGER NOT NULL DEFAULT 0;
CREATE INDEX resident_merged ON resident (merged_into) WHERE merged_into > 0;

CREATE TABLE identity_merge (
    id :pk:,
    tenant BIGINT NOT NULL,
    kept_id BIGINT NOT NULL,
    merged_id BIGINT NOT NULL,
    moved TEXT NOT NULL, -- JSON: ids of what moved, names of the fields that were filled; nothing personal
    reason TEXT NOT NULL, -- contact, code, dispatcher
    actor_id BIGINT NOT NULL DEFAULT 0, -- operator_user.id; 0: the resident
    actor_name TEXT NOT NULL DEFAULT '',
    at_ms BIGINT NOT NULL,
    undone_ms BIGINT NOT NULL DEFAULT 0,
    undone_by TEXT NOT NULL DEFAULT '' -- name of the dispatcher
);
CREATE INDEX identity_merge_kept ON identity_merge (kept_id);
CREATE INDEX identity_merge_merged ON identity_merge (merged_id);

-- A proof that a turn has found; merging needs lanes that a turn does not have.
CREATE TABLE identity_request (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL, -- who proved it
    other_id BIGINT NOT NULL DEFAULT 0, -- conversation that showed the code; 0: whoever has the same verified phone
    reason TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

CREATE TABLE identity_code (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL, -- that showed the code
    hash TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant, hash)
);
CREATE INDEX identity_code_conversation ON identity_code (conversation_id);

-- Wrong codes, for the throttle.
CREATE TABLE identity_try (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX identity_try_conversation ON identity_try (conversation_id, at_ms);
CREATE INDEX identity_try_at ON identity_try (at_ms);
