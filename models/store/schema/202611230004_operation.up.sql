CREATE TABLE staff (
    id            text NOT NULL PRIMARY KEY,
    name          text NOT NULL,
    role          text NOT NULL,
    password_hash text NOT NULL,
    totp_secret   {bytes},
    disabled      boolean NOT NULL,
    at            {time} NOT NULL
);
CREATE UNIQUE INDEX staff_name ON staff (name);

CREATE TABLE policies (
    name     text NOT NULL,
    version  bigint NOT NULL,
    rules    text NOT NULL,
    note     text NOT NULL,
    by_staff text NOT NULL,
    at       {time} NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE settings (
    key      text NOT NULL PRIMARY KEY,
    value    text NOT NULL,
    version  bigint NOT NULL,
    by_staff text NOT NULL,
    at       {time} NOT NULL
);
