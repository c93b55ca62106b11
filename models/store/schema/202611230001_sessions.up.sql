-- History of visits and conversations, written behind by the Recorder. Rows come
-- in any order and a lost one must not stop the others: no foreign keys here.
CREATE TABLE sessions (
    id              text NOT NULL PRIMARY KEY,
    device          text NOT NULL,
    ip              text NOT NULL,
    port            integer NOT NULL,
    started_at      {time} NOT NULL,
    ended_at        {time},
    consent_version text NOT NULL,
    agent_class     text NOT NULL,
    region          text NOT NULL,
    pairs           bigint NOT NULL,
    messages        bigint NOT NULL,
    flagged         bigint NOT NULL
);
CREATE INDEX sessions_started_at ON sessions (started_at);
CREATE INDEX sessions_device ON sessions (device, started_at);
CREATE INDEX sessions_ip ON sessions (ip, started_at);

CREATE TABLE pairs (
    id         text NOT NULL PRIMARY KEY,
    a_session  text NOT NULL,
    a_device   text NOT NULL,
    b_session  text NOT NULL,
    b_device   text NOT NULL,
    mode       text NOT NULL,
    language   text NOT NULL,
    interests  text, -- JSON; null for none
    route      text NOT NULL,
    started_at {time} NOT NULL,
    ended_at   {time},
    end_reason text NOT NULL,
    ended_by   text NOT NULL,
    messages   bigint NOT NULL
);
CREATE INDEX pairs_started_at ON pairs (started_at);
CREATE INDEX pairs_a_session ON pairs (a_session);
CREATE INDEX pairs_b_session ON pairs (b_session);

CREATE TABLE ip_stats (
    ip         text NOT NULL PRIMARY KEY,
    first_seen {time} NOT NULL,
    last_seen  {time} NOT NULL,
    sessions   bigint NOT NULL,
    messages   bigint NOT NULL,
    flagged    bigint NOT NULL
);
CREATE INDEX ip_stats_last_seen ON ip_stats (last_seen);
