-- Every table is keyed by organisation. `entries` is the ledger and the truth; `records` and `entry_records` are
-- caches of it that `rebuild` recomputes and `verify` compares. Times are milliseconds since 1970 in UTC.

CREATE TABLE orgs (
    n INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

-- place = organisation * 2^40 + sequence number: one tree in ledger order for each organisation, no second index.
CREATE TABLE entries (
    place INTEGER PRIMARY KEY,
    header BLOB NOT NULL,
    bodies BLOB NOT NULL,
    org INTEGER GENERATED ALWAYS AS (place >> 40) VIRTUAL,
    seq INTEGER GENERATED ALWAYS AS (place & 1099511627775) VIRTUAL
) STRICT;

-- Each record as its newest entry left it. commitment is NULL when the record was removed; body is NULL then, and
-- when the body was redacted.
CREATE TABLE records (
    org INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    rev INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    at INTEGER NOT NULL,
    commitment BLOB,
    body TEXT,
    UNIQUE (org, id)
) STRICT;

-- Where each revision of each record lies: change idx of entry seq.
CREATE TABLE entry_records (
    org INTEGER NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    PRIMARY KEY (org, id, rev)
) STRICT, WITHOUT ROWID;

-- The newest state of each ledger: the right edge of its tree and the signed checkpoint over it.
CREATE TABLE heads (
    org INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- Checkpoints kept: at every hundredth entry, and at the end of every day that had entries.
CREATE TABLE checkpoints (
    org INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (org, size)
) STRICT, WITHOUT ROWID;

-- What is known of a stored file; the bytes lie under their hash in the directory of files. seq attached it first.
CREATE TABLE files (
    org INTEGER NOT NULL,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (org, hash)
) STRICT, WITHOUT ROWID;

-- Messages to send once the entry that caused them is durable.
CREATE TABLE outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    org INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX outbox_waiting ON outbox (org, n) WHERE done_at IS NULL;

-- Secrets of accounts. Everything else of an account is in its ledger entries (kind `account`).
CREATE TABLE credentials (
    org INTEGER NOT NULL,
    account TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (org, account)
) STRICT, WITHOUT ROWID;

-- token_hash is the SHA-256 of the token in the cookie; the token itself is not stored.
CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    account TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time links: the set-up link (no account, no expiry), invitations and password resets.
CREATE TABLE links (
    token_hash BLOB NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    account TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
