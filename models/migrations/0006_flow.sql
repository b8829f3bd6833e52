-- A rush of messages: channels are served in turn, one sender cannot hold up the others, neighbours join one ticket.

-- Waiting rows by channel, so that a claim takes from each; the old indexes of these names knew no channel.
DROP INDEX inbox_waiting;
CREATE INDEX inbox_waiting ON inbox (lane, tenant, channel, id) WHERE state = 0;
DROP INDEX inbox_arrival;
CREATE INDEX inbox_arrival ON inbox (tenant, channel, id) WHERE state = 0;
CREATE INDEX inbox_sender ON inbox (tenant, channel, conversation, id) WHERE state = 0;
-- State 3: set aside by the throttle; the words are still to be written into the transcript.
CREATE INDEX inbox_aside ON inbox (lane, id) WHERE state = 3;

-- Messages of a flood that the bot did not answer, and when the last of them came.
ALTER TABLE conversation ADD COLUMN aside BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN aside_ms BIGINT NOT NULL DEFAULT 0;

CREATE TABLE ticket_follower (
    id :pk:,
    tenant BIGINT NOT NULL,
    ticket_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    resident_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (ticket_id, conversation_id)
);
CREATE INDEX ticket_follower_resident ON ticket_follower (resident_id);
