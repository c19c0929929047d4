-- The books, version 3: an entry says what its result is, so that one that is lost or changed is noticed. The
-- program fills the column in for entries that are there. And what was released by assumption is found, too.
DROP TRIGGER entries_never_change;

ALTER TABLE entries ADD COLUMN result_crc32c INTEGER; -- of the row in results; NULL: it has none

DROP INDEX entries_assumed;
CREATE INDEX entries_assumed ON entries (reason) WHERE assumed = 1 AND op IN ('settle', 'release');
CREATE INDEX entries_assumed_in_order ON entries (assumed) WHERE assumed = 1 AND op IN ('settle', 'release');
