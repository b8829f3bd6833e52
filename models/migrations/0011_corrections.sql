-- What residents and dispatchers corrected after the classifier; `./domovoy classifier learn` reads it.
CREATE TABLE correction (
    id :pk:,
    tenant BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL DEFAULT 0, -- whose words they are, to forget them; 0: nobody's
    ticket_id BIGINT NOT NULL DEFAULT 0, -- the ticket a dispatcher corrected; 0: a resident chose before it was opened
    text TEXT NOT NULL, -- words without what is personal
    guessed TEXT NOT NULL, -- code of a problem
    chosen TEXT NOT NULL, -- code of a problem
    who TEXT NOT NULL, -- resident, dispatcher
    at_ms BIGINT NOT NULL,
    learned_ms BIGINT NOT NULL DEFAULT 0 -- since when the classifier learns from it; 0: it does not
);
CREATE INDEX correction_conversation ON correction (conversation_id) WHERE conversation_id > 0;
CREATE INDEX correction_ticket ON correction (ticket_id) WHERE ticket_id > 0;
CREATE INDEX correction_learned ON correction (tenant, id) WHERE learned_ms > 0;
