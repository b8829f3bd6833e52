-- The same bytes are kept once: `file_content.name` is their SHA-256. Files of before have '' here and lie under their
-- own name.
ALTER TABLE attachment ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE INDEX attachment_hash ON attachment (tenant, hash);

-- Who sent it, to be told what became of it; 0: a dispatcher's, or of before.
ALTER TABLE attachment ADD COLUMN conversation_id BIGINT NOT NULL DEFAULT 0;

-- 0 no voice message, 1 to be written down if a transcriber is set, 2 done or given up.
ALTER TABLE attachment ADD COLUMN voice INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN transcript TEXT NOT NULL DEFAULT '';
CREATE INDEX attachment_unheard ON attachment (id) WHERE voice = 1;
