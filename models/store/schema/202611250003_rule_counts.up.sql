CREATE TABLE rule_counts (
    rule    text NOT NULL,
    version bigint NOT NULL,
    day     text NOT NULL, -- of UTC, as 2026-11-23
    shadow  boolean NOT NULL,
    alarms  bigint NOT NULL,
    PRIMARY KEY (day, rule, version, shadow)
);
