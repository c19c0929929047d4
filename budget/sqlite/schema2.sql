-- The books, version 2: where in them the entries of a run, a period and a day stand. This table takes the
-- place of three indexes, which cost every entry a place in each; a span is written once per transaction.
CREATE TABLE spans (
    run    TEXT    NOT NULL,
    period INTEGER NOT NULL,
    day    INTEGER NOT NULL,                 -- of the entry's time: time / 86400e9
    first  INTEGER NOT NULL,                 -- the lowest seq of these entries and the highest; others stand between
    last   INTEGER NOT NULL,
    PRIMARY KEY (run, period, day)
) STRICT, WITHOUT ROWID;

INSERT INTO spans SELECT run, period, time / 86400000000000, min(seq), max(seq) FROM entries GROUP BY 1, 2, 3;

DROP INDEX entries_run;
DROP INDEX entries_period;
DROP INDEX entries_time;
