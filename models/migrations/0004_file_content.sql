-- What a stored attachment holds; apart from `attachment`, so that lists of files stay light.
CREATE TABLE file_content (
    tenant BIGINT NOT NULL,
    name TEXT NOT NULL, -- attachment.name
    data :blob: NOT NULL,
    PRIMARY KEY (tenant, name)
);
