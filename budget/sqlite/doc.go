// Package sqlite is the durable store: the books of a budget in one SQLite file that survives whatever
// ends the process. It keeps them; package budget/books reports on them, checks and moves them.
//
//	ledger, err := sqlite.Open(ctx, ".orchestrate/ledger.db", sqlite.Options{})
//	if err != nil {
//		return err // *OwnedError says which process has it
//	}
//	defer ledger.Close() // after the manager that writes to it has ended
//
// One process owns the file and writes, the others read ([OpenReader]) at any time. What Append returned
// for is on disk: the file is in WAL mode with synchronous=FULL, and appends that are made at the same time
// share one fsync.
//
// The file is meant to be looked into, with the sqlite3 program or anything else that reads SQLite:
//
//	sqlite3 -box .orchestrate/ledger.db "SELECT run, task, model, used_tokens FROM entries WHERE op = 'settle'"
//
// schema1.sql and schema2.sql say what each column means. Entries are only ever added, which triggers
// enforce; totals, spans, holds and periods follow from the entries and are kept in the same transaction.
package sqlite
