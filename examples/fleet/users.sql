-- Good for SQLite and PostgreSQL alike, and for several servers that start at once.
CREATE TABLE IF NOT EXISTS users (
    id            BIGINT  PRIMARY KEY,
    username      TEXT    NOT NULL UNIQUE,
    email         TEXT    NOT NULL UNIQUE, -- in lower case
    password_hash TEXT    NOT NULL,
    blocked_at    BIGINT, -- unix seconds; NULL: may come in
    valid_since   BIGINT  NOT NULL DEFAULT 0 -- unix seconds; tokens from before are refused
);
