-- What is off in which houses and until when, as dispatchers tell residents.
CREATE TABLE outage (
    id :pk:,
    tenant BIGINT NOT NULL,
    resource TEXT NOT NULL, -- tickets.types.Resource
    text TEXT NOT NULL DEFAULT '', -- why, and what else residents should know
    everywhere INTEGER NOT NULL DEFAULT 0, -- 1: in all houses, outage_house has no rows
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL, -- ended earlier: when
    created_ms BIGINT NOT NULL,
    created_by BIGINT NOT NULL DEFAULT 0 -- operator_user.id
);
CREATE INDEX outage_until ON outage (tenant, until_ms);

CREATE TABLE outage_house (
    id :pk:,
    tenant BIGINT NOT NULL,
    outage_id BIGINT NOT NULL,
    house_id BIGINT NOT NULL,
    UNIQUE (outage_id, house_id)
);
CREATE INDEX outage_house_house ON outage_house (house_id, outage_id);
