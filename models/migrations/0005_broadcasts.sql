-- One message to many conversations; its rows of the outbox are written slice by slice, lane by lane.
CREATE TABLE broadcast (
    id :pk:,
    tenant BIGINT NOT NULL,
    key TEXT NOT NULL, -- of whoever starts it: the same key starts nothing again
    body TEXT NOT NULL, -- JSON as in outbox.body
    audience TEXT NOT NULL, -- JSON: {} everybody, {"houses": [1, 2]} residents of these houses
    lane INTEGER NOT NULL DEFAULT 0, -- conversations of the lanes before it have their row
    cursor BIGINT NOT NULL DEFAULT 0, -- and those of this lane up to this conversation.id
    state INTEGER NOT NULL DEFAULT 0, -- 0 running, 1 done, 2 paused, 3 stopped
    total BIGINT NOT NULL DEFAULT 0, -- conversations addressed when it started
    queued BIGINT NOT NULL DEFAULT 0, -- rows written so far
    created_ms BIGINT NOT NULL,
    created_by BIGINT NOT NULL DEFAULT 0, -- operator_user.id
    UNIQUE (tenant, key)
);
CREATE INDEX broadcast_running ON broadcast (id) WHERE state = 0;
CREATE INDEX conversation_lane ON conversation (lane, id);

-- A hundred thousand waiting rows, due or not, must not slow down the choice of the next ones.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (tenant, channel, priority, due_ms, id) WHERE state = 0;
DROP INDEX outbox_head;
CREATE INDEX outbox_head ON outbox (tenant, channel, conversation, priority, id) WHERE state = 0;
