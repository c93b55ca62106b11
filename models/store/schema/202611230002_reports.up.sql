CREATE TABLE reports (
    id               text NOT NULL PRIMARY KEY,
    client_id        text NOT NULL,
    reporter_session text NOT NULL,
    reporter_device  text NOT NULL,
    reporter_ip      text NOT NULL,
    reporter_port    integer NOT NULL,
    reported_session text NOT NULL,
    reported_device  text NOT NULL,
    reported_ip      text NOT NULL,
    reported_port    integer NOT NULL,
    pair             text NOT NULL,
    reason           text NOT NULL,
    description      text NOT NULL,
    at               {time} NOT NULL,
    status           text NOT NULL,
    resolution       text NOT NULL,
    resolved_by      text NOT NULL,
    resolved_at      {time}
);
-- A client that sends a report again must not make a second one.
CREATE UNIQUE INDEX reports_once ON reports (reporter_session, client_id);
CREATE INDEX reports_at ON reports (at, id);
CREATE INDEX reports_status ON reports (status, at, id);
CREATE INDEX reports_reported_device ON reports (reported_device, at);
CREATE INDEX reports_reporter_device ON reports (reporter_device, at);

CREATE TABLE ip_blocks (
    blocker    text NOT NULL,
    blocked    text NOT NULL,
    blocker_ip text NOT NULL,
    blocked_ip text NOT NULL,
    pair       text NOT NULL,
    at         {time} NOT NULL,
    PRIMARY KEY (blocker, blocked)
);
CREATE INDEX ip_blocks_newest ON ip_blocks (blocker, at);
CREATE INDEX ip_blocks_blocked ON ip_blocks (blocked, at);
