ALTER TABLE flags ADD COLUMN client_scores text; -- JSON; null for none
ALTER TABLE flags ADD COLUMN route text NOT NULL DEFAULT '';
ALTER TABLE flags ADD COLUMN actions text; -- JSON; null for none
ALTER TABLE flags ADD COLUMN shadow boolean NOT NULL DEFAULT false;
ALTER TABLE flags ADD COLUMN timeline text; -- JSON; null for none
ALTER TABLE flags ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE flags ADD COLUMN reviewer text NOT NULL DEFAULT '';
ALTER TABLE flags ADD COLUMN lease_until {time};

CREATE TABLE evidence (
    id           text NOT NULL PRIMARY KEY,
    flag         text NOT NULL,
    report       text NOT NULL,
    kind         text NOT NULL,
    media_type   text NOT NULL,
    size         integer NOT NULL,
    width        integer NOT NULL,
    height       integer NOT NULL,
    scores       text, -- JSON; null for none
    pdq          {bytes},
    quality      integer NOT NULL,
    key          {bytes}, -- sealed; null once the item is destroyed
    master_key   text NOT NULL,
    at           {time} NOT NULL,
    expires_at   {time},
    held         boolean NOT NULL,
    destroyed_at {time}
);
CREATE INDEX evidence_flag ON evidence (flag, at);
CREATE INDEX evidence_report ON evidence (report, at);
CREATE INDEX evidence_expires ON evidence (destroyed_at, held, expires_at);

CREATE TABLE sightings (
    id              text NOT NULL PRIMARY KEY,
    pair            text NOT NULL,
    reporter        text NOT NULL,
    reporter_device text NOT NULL,
    accused         text NOT NULL,
    accused_device  text NOT NULL,
    scores          text, -- JSON; null for none
    outcome         text NOT NULL,
    at              {time} NOT NULL,
    settled_at      {time}
);
CREATE INDEX sightings_reporter ON sightings (reporter_device, at);
CREATE INDEX sightings_pair ON sightings (pair);
