-- When the resident asked to be forgotten; tickets of before lose their contact as soon as they are finished.
ALTER TABLE resident ADD COLUMN forgotten_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX resident_forgotten ON resident (tenant, forgotten_ms) WHERE forgotten_ms > 0;
