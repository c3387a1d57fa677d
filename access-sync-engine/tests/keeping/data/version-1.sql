-- A ledger as version 1 made it, with a row of each kind. Kept to test upgrades; never edited.
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

INSERT INTO leases VALUES ('writer', 7, 'a', NULL);
INSERT INTO journal (at, digest, kind, subject, user, write, outcome, why, ended) VALUES
    ('2026-03-01T10:00:00.000Z', 'd1', 'create_user', 'entrata:customer:1', NULL,
     '{"write":"create_user","subject":"entrata:customer:1"}', 'done', NULL, '2026-03-01T10:00:01.000Z'),
    ('2026-03-01T10:00:02.000Z', 'd1', 'change_groups', 'entrata:customer:1', '7310001',
     '{"write":"change_groups","subject":"entrata:customer:1","user":"7310001","add":["880001"],"remove":[]}', NULL, NULL, NULL);
INSERT INTO users VALUES ('entrata:customer:1', '7310001', 'made', '2026-03-01T10:00:01.000Z', 0, 'ab', 'cd', 0, 0, NULL, NULL);
INSERT INTO memberships VALUES ('7310001', '880002', 'adopted', '2026-03-01T10:00:01.000Z');
INSERT INTO credentials VALUES ('990001', 'entrata:customer:1', '7310001', '2026-03-01T10:00:01.000Z', NULL, NULL);
INSERT INTO holds (kind, scope, scope_id, since, until, why) VALUES
    ('hold', 'person', 'entrata:customer:1', '2026-03-01T10:00:00.000Z', NULL, 'eviction');
INSERT INTO seen VALUES ('entrata:lease:1/1#880001', 'entrata:lease:1', 'entrata:property:1', 'entrata:customer:1',
    'present', '2026-03-01T10:00:00.000Z', '{"id":"x"}');
INSERT INTO calls VALUES ('2026-03-01T10:00:00.000Z', 'brivo', 'users.list', 3);
INSERT INTO runs (at, digest, run) VALUES ('2026-03-01T10:00:00.000Z', 'd1',
    '{"at":"2026-03-01T10:00:00Z","ended":"2026-03-01T10:00:03Z","digest":"d1","result":{"result":"applied"},"done":1,"failed":0,"withheld":0,"unverified":0,"findings":0,"next_transition":null}');
INSERT INTO errors VALUES ('entrata:customer:2', '2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.000Z', 2, 'no');
INSERT INTO audits VALUES ('880001', '2026-03-01T10:00:00.000Z');
INSERT INTO states VALUES ('users_listed', '2026-03-01T10:00:00+00:00');
INSERT INTO claims VALUES ('presence:event-1', '2026-03-01T10:00:00.000Z'), ('other', '2026-03-01T10:00:00.000Z');

PRAGMA user_version = 1;
