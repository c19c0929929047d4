package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

const (
	beginRun = `INSERT INTO runs (id, task_file, digest, started, status, simulated) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
		task_file = excluded.task_file, digest = excluded.digest, status = excluded.status, ended = NULL, simulated = min(simulated, excluded.simulated)`
	endRun = `UPDATE runs SET ended = ?, status = ? WHERE id = ?`

	// In order of the books, which no clock disturbs: seq counts up from 1, and down from -1 for imported runs.
	selectFromRuns = `SELECT id, task_file, digest, started, ended, status, simulated, seq < 0 FROM runs `
	selectRuns     = selectFromRuns + `ORDER BY seq < 0, abs(seq) DESC`

	// The newest result entry of each task.
	selectResults = selectEntries + `WHERE op = 'result' AND run = ?1 AND seq IN
		(SELECT max(seq) FROM entries WHERE op = 'result' AND run = ?1 GROUP BY task) ORDER BY time, seq`
)

// BeginRun implements [books.Runs].
func (l *Ledger) BeginRun(_ context.Context, r books.Run) error {
	if r.ID == "" || r.Started.IsZero() {
		return fmt.Errorf("budget/sqlite: run %q started %v needs an id and a start", r.ID, r.Started)
	}
	return l.submit(func(w *writer) error {
		return w.exec(w.stmts.beginRun, r.ID, r.TaskFile, r.Digest, r.Started.UnixNano(), r.Status, r.Simulated)
	})
}

// EndRun implements [books.Runs].
func (l *Ledger) EndRun(_ context.Context, id string, ended time.Time, status string) error {
	return l.submit(func(w *writer) error {
		result, err := w.stmts.endRun.ExecContext(background, nanos(ended, 0), status, id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n == 0 {
			err = &refusal{fmt.Errorf("budget/sqlite: run %q has not begun", id)}
		}
		return err
	})
}

// Runs implements [books.Runs].
func (l *Ledger) Runs(ctx context.Context) ([]books.Run, error) {
	return collect(rows(ctx, l, scanRun, selectRuns))
}

func scanRun(rows *sql.Rows) (r books.Run, err error) {
	var started int64
	var ended sql.NullInt64
	err = rows.Scan(&r.ID, &r.TaskFile, &r.Digest, &started, &ended, &r.Status, &r.Simulated, &r.Imported)
	r.Started = time.Unix(0, started).UTC()
	if ended.Valid {
		r.Ended = time.Unix(0, ended.Int64).UTC()
	}
	return r, err
}

// Results implements [books.Entries].
func (l *Ledger) Results(ctx context.Context, run string) iter.Seq2[budget.Entry, error] {
	return rows(ctx, l, scanEntry, selectResults, run)
}
