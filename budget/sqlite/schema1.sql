-- The books, version 1. Times are integers, nanoseconds since 1970 in UTC: datetime(time/1e9, 'unixepoch').
-- Money is in nano-USD (10^-9 US dollars). Tables are STRICT so that a sum that would overflow is an
-- error instead of turning into a float.

-- One line of the books each. Nothing in this table ever changes.
CREATE TABLE entries (
    seq               INTEGER PRIMARY KEY,   -- the order in which entries were appended
    id                TEXT    NOT NULL,
    op                TEXT    NOT NULL,      -- reserve, settle, release, record, reset, limit, adjust, result
    time              INTEGER NOT NULL,
    period            INTEGER NOT NULL,      -- below zero: imported
    run               TEXT    NOT NULL,      -- run, task and worker repeat what scopes says, for queries
    task              TEXT    NOT NULL,
    worker            TEXT    NOT NULL,
    -- Scopes and debts are JSON, not rows: they are read and written whole, in order, with their entry, and
    -- rows would make every append five inserts more. json_each(scopes) takes them apart.
    scopes            TEXT    NOT NULL,      -- ["total","model:gpt-4o","run:...","task:t1"], widest first
    debts             TEXT    NOT NULL,      -- [{"scope":"total","cause":"overrun","amount":{...}}] or []
    model             TEXT    NOT NULL,
    served            TEXT    NOT NULL,
    bound             TEXT    NOT NULL,
    counted           INTEGER NOT NULL,      -- input tokens as counted, without margin
    output_cap        INTEGER NOT NULL,      -- output tokens granted
    hold_tokens       INTEGER NOT NULL,
    hold_nano_usd     INTEGER NOT NULL,
    used_tokens       INTEGER NOT NULL,
    used_nano_usd     INTEGER NOT NULL,
    overrun_tokens    INTEGER NOT NULL,
    overrun_nano_usd  INTEGER NOT NULL,
    input             INTEGER NOT NULL,      -- used_tokens by bucket, from here to audio_output
    cache_read        INTEGER NOT NULL,
    cache_write_5m    INTEGER NOT NULL,
    cache_write_1h    INTEGER NOT NULL,
    output            INTEGER NOT NULL,
    audio_input       INTEGER NOT NULL,
    audio_output      INTEGER NOT NULL,
    reasoning         INTEGER NOT NULL,      -- part of output
    fees_nano_usd     INTEGER NOT NULL,      -- part of used_nano_usd
    unpriced          INTEGER NOT NULL,      -- 1: no price was known, the costs say nothing
    assumed           INTEGER NOT NULL,      -- 1: not the provider's word
    reason            TEXT    NOT NULL,
    request_id        TEXT    NOT NULL,
    price_version     TEXT    NOT NULL,      -- which prices used_nano_usd was made with
    limit_tokens      INTEGER,               -- of a limit entry; NULL is unlimited
    limit_nano_usd    INTEGER,
    UNIQUE (id, op)
) STRICT;

CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;

-- What a report is about is found without reading everything else.
CREATE INDEX entries_run ON entries (run);
CREATE INDEX entries_period ON entries (period);
CREATE INDEX entries_time ON entries (time);

-- Attempts that were charged without the provider's word, by why.
CREATE INDEX entries_assumed ON entries (reason) WHERE op = 'settle' AND assumed = 1;

-- The newest result of a task is found without reading the run's other entries.
CREATE INDEX entries_results ON entries (run, task) WHERE op = 'result';

-- What result entries carry, apart so that the books stay small to scan.
CREATE TABLE results (
    seq    INTEGER PRIMARY KEY REFERENCES entries (seq),
    result BLOB NOT NULL
) STRICT;

CREATE TRIGGER results_never_change BEFORE UPDATE ON results
BEGIN SELECT raise(ABORT, 'results are never changed'); END;
CREATE TRIGGER results_never_go BEFORE DELETE ON results
BEGIN SELECT raise(ABORT, 'results are never deleted'); END;

-- The reserve entries of the holds that are open.
CREATE TABLE holds (
    id  TEXT    PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES entries (seq)
) STRICT, WITHOUT ROWID;

-- The sums of the entries, account by account: total and model scopes by period (run is ''), the others by
-- run (period is 0).
CREATE TABLE totals (
    period                INTEGER NOT NULL,
    run                   TEXT    NOT NULL,
    kind                  TEXT    NOT NULL,
    name                  TEXT    NOT NULL,
    settled_tokens        INTEGER NOT NULL,
    settled_nano_usd      INTEGER NOT NULL,
    held_tokens           INTEGER NOT NULL,
    held_nano_usd         INTEGER NOT NULL,
    assumed_tokens        INTEGER NOT NULL,  -- part of settled
    assumed_nano_usd      INTEGER NOT NULL,
    overrun_tokens        INTEGER NOT NULL,
    overrun_nano_usd      INTEGER NOT NULL,
    unpriced_tokens       INTEGER NOT NULL,  -- part of settled_tokens
    debt_overrun_tokens   INTEGER NOT NULL,
    debt_overrun_nano_usd INTEGER NOT NULL,
    debt_recorded_tokens  INTEGER NOT NULL,
    debt_recorded_nano_usd INTEGER NOT NULL,
    debt_lowered_tokens   INTEGER NOT NULL,
    debt_lowered_nano_usd INTEGER NOT NULL,
    debt_soft_tokens      INTEGER NOT NULL,
    debt_soft_nano_usd    INTEGER NOT NULL,
    PRIMARY KEY (period, run, kind, name)
) STRICT, WITHOUT ROWID;

-- The periods that entries were charged to. Those below zero were imported and are never the current one.
CREATE TABLE periods (
    id    INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,                  -- of its reset or, without one, of its first entry
    reset INTEGER UNIQUE REFERENCES entries (seq) -- the reset entry that began it; the newest is looked up by it
) STRICT;

CREATE TABLE runs (
    seq       INTEGER PRIMARY KEY,           -- below zero: imported
    id        TEXT    NOT NULL UNIQUE,
    task_file TEXT    NOT NULL,
    digest    TEXT    NOT NULL,
    started   INTEGER NOT NULL,
    ended     INTEGER,
    status    TEXT    NOT NULL,
    simulated INTEGER NOT NULL
) STRICT;
