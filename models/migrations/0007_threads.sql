-- What channels other than chats need: the thread of a mail, why somebody is not reached, sends under way at a crash.

-- `Incoming.thread` of the last message that had one.
ALTER TABLE conversation ADD COLUMN thread TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN unreachable_reason TEXT NOT NULL DEFAULT '';

-- When the send under way was started; 0: none is. Left behind by a process that died in the middle.
ALTER TABLE outbox ADD COLUMN sending_ms BIGINT NOT NULL DEFAULT 0;
-- State 4: nobody knows whether it was delivered; due_ms: when to decide.
CREATE INDEX outbox_unknown ON outbox (tenant, channel, due_ms) WHERE state = 4;
