-- Who went through a marked door: kept before the source is told, so that each counts once.
CREATE TABLE door_events (
    key TEXT PRIMARY KEY, -- the event's own id
    user TEXT NOT NULL,
    door TEXT NOT NULL,
    at TEXT NOT NULL,
    told TEXT, -- none: waits; what came of it, in a word: checked_in, not_ours, too_old …
    told_at TEXT
);
CREATE INDEX door_events_waiting ON door_events (at) WHERE told IS NULL;
CREATE INDEX door_events_at ON door_events (at);

-- Version 1 kept such events as claims, and not whose they were.
INSERT INTO door_events (key, user, door, at, told, told_at)
    SELECT substr(key, 10), '', '', at, 'claimed', at FROM claims WHERE key LIKE 'presence:%';
DELETE FROM claims WHERE key LIKE 'presence:%';

-- What would take each run back, kept before its first call.
CREATE TABLE rollbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    digest TEXT NOT NULL, -- as in runs and in the journal
    entry INTEGER NOT NULL, -- the journal's last entry before the run
    takes_back INTEGER, -- the rollback that this run was itself
    done TEXT, -- when it was taken back
    plan TEXT NOT NULL -- JSON: people, steps, scopes
);
