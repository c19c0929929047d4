-- The books, version 4: how a provider served an attempt, as far as that changes its price.
ALTER TABLE entries ADD COLUMN tier TEXT; -- "priority@us", or ''; NULL: written before tiers were known
