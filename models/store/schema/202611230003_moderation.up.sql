CREATE TABLE banned_ips (
    id         text NOT NULL PRIMARY KEY,
    kind       text NOT NULL,
    target     text NOT NULL,
    severity   text NOT NULL,
    reason     text NOT NULL,
    by_staff   text NOT NULL,
    at         {time} NOT NULL,
    expires_at {time},
    active     boolean NOT NULL,
    notes      text NOT NULL
);
CREATE INDEX banned_ips_active ON banned_ips (active, expires_at);
CREATE INDEX banned_ips_target ON banned_ips (kind, target);

CREATE TABLE flags (
    id         text NOT NULL PRIMARY KEY,
    kind       text NOT NULL,
    session    text NOT NULL,
    device     text NOT NULL,
    pair       text NOT NULL,
    rule       text NOT NULL,
    model      text NOT NULL,
    scores     text, -- JSON; null for none
    state      text NOT NULL,
    at         {time} NOT NULL,
    changed_at {time} NOT NULL
);
CREATE INDEX flags_at ON flags (at, id);
CREATE INDEX flags_state ON flags (state, at, id);
CREATE INDEX flags_session ON flags (session);
CREATE INDEX flags_device ON flags (device, at);

CREATE TABLE decisions (
    id       text NOT NULL PRIMARY KEY,
    flag     text NOT NULL,
    report   text NOT NULL,
    by_staff text NOT NULL,
    outcome  text NOT NULL,
    action   text NOT NULL,
    reason   text NOT NULL,
    at       {time} NOT NULL
);
CREATE INDEX decisions_flag ON decisions (flag, at);
CREATE INDEX decisions_report ON decisions (report, at);

CREATE TABLE moderation_logs (
    seq       {serial},
    action    text NOT NULL,
    target    text NOT NULL,
    admin     text NOT NULL,
    reason    text NOT NULL,
    metadata  text NOT NULL,
    at        {time} NOT NULL,
    prev_hash {bytes},
    hash      {bytes}
);
CREATE INDEX moderation_logs_target ON moderation_logs (target, seq);
CREATE INDEX moderation_logs_admin ON moderation_logs (admin, seq);
