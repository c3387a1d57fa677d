-- Instants are RFC 3339 in UTC with milliseconds, so that text sorts as time.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    worker TEXT,
    until TEXT -- none: given back
);

-- Every call that changes something: the intent before it goes out, the outcome after.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    user TEXT,
    write TEXT NOT NULL, -- JSON
    outcome TEXT, -- none: not known; done, failed, found_done, found_undone
    why TEXT,
    ended TEXT
);
CREATE INDEX journal_open ON journal (id) WHERE outcome IS NULL;
CREATE INDEX journal_subject ON journal (subject, id);

-- What is ours in the access-control system.
CREATE TABLE users (
    subject TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    how TEXT NOT NULL, -- made, adopted
    since TEXT NOT NULL,
    guest INTEGER NOT NULL DEFAULT 0,
    name TEXT, -- fingerprints of what we set last, not the values
    email TEXT,
    suspended INTEGER NOT NULL DEFAULT 0,
    owes_revocation INTEGER NOT NULL DEFAULT 0,
    starts TEXT, -- dates of the PIN
    ends TEXT
);
CREATE INDEX users_user ON users (user);

CREATE TABLE memberships (
    user TEXT NOT NULL,
    target TEXT NOT NULL,
    how TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (user, target)
) WITHOUT ROWID;

CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    user TEXT NOT NULL,
    since TEXT NOT NULL,
    starts TEXT,
    ends TEXT
);
CREATE INDEX credentials_user ON credentials (user);

CREATE TABLE holds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, -- hold, pause
    scope TEXT NOT NULL, -- person, unit, property, account
    scope_id TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT,
    why TEXT NOT NULL
);

-- Records that a source has given, so that one that is missing is noticed.
CREATE TABLE seen (
    id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    property TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL, -- present, absent, ended
    since TEXT NOT NULL,
    record TEXT NOT NULL -- JSON, a record of a timeline document
);

CREATE TABLE calls (
    hour TEXT NOT NULL,
    vendor TEXT NOT NULL,
    operation TEXT NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (hour, vendor, operation)
) WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    digest TEXT NOT NULL,
    run TEXT NOT NULL -- JSON
);

CREATE TABLE errors (
    subject TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    last TEXT NOT NULL,
    times INTEGER NOT NULL,
    error TEXT NOT NULL
);

CREATE TABLE audits (
    target TEXT PRIMARY KEY,
    at TEXT NOT NULL
);

CREATE TABLE states (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE claims (
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL
);
