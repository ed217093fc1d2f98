CREATE TABLE IF NOT EXISTS users (
    id            INTEGER PRIMARY KEY,
    username      TEXT    NOT NULL UNIQUE,
    email         TEXT    NOT NULL UNIQUE, -- in lower case
    password_hash TEXT    NOT NULL,
    blocked       BOOLEAN NOT NULL DEFAULT FALSE
);
