CREATE TABLE hash_banks (
    name     text NOT NULL PRIMARY KEY,
    note     text NOT NULL,
    by_staff text NOT NULL,
    at       {time} NOT NULL
);

CREATE TABLE hashes (
    bank    text NOT NULL,
    pdq     {bytes} NOT NULL,
    quality integer NOT NULL,
    label   text NOT NULL,
    at      {time} NOT NULL,
    PRIMARY KEY (bank, pdq)
);
