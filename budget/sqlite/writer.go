package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// request is one caller's write.
type request struct {
	write func(*writer) error
	done  chan error // buffered, so that the writer never waits for a caller
}

// refusal is the error of one request that leaves the transaction fit for the others.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// writer is the one goroutine that writes. Requests that arrive while it is busy share the next
// transaction, and with it the fsync that is nearly all of a write's time.
type writer struct {
	path  string
	db    *sql.DB
	conn  *sql.Conn // the only one of db
	stmts statements
	pace  pace
	files standing

	// Of the current transaction:
	sums   sums
	period int64 // one that the periods table is known to have

	broken error // the failure after which nothing more is written
}

// newWriter opens the file, whose schema version is given, for writing and migrates it.
func newWriter(ctx context.Context, path string, version int, o Options) (w *writer, err error) {
	// fullfsync is what makes an fsync reach the disk itself on macOS; elsewhere it means nothing.
	w = &writer{path: path, pace: pace{fixed: o.group}, db: connect(path, "mode=rw", "journal_mode(WAL)",
		"synchronous("+cmp.Or(o.synchronous, "FULL")+")", "fullfsync(1)", "foreign_keys(1)")}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return w, err
	}
	if err = migrate(ctx, w.conn, version, migrations); err != nil {
		return w, err
	}
	if w.stmts, err = prepare(ctx, w.conn); err != nil {
		return w, err
	}
	// SQLite falls back to reading where it may not write, and even begins a transaction; an owner must not
	// find out at its first hold. Deleting nothing takes the same permission as writing.
	if err = w.exec(w.stmts.closeHold, ""); err != nil {
		return w, err
	}
	w.files, err = stand(path, path+"-wal", path+".lock")
	return w, err
}

// close moves what it can from the log into the file, without waiting for readers, and closes it. The log
// goes with the last connection.
func (w *writer) close() error {
	if w.conn == nil {
		return w.db.Close()
	}
	_, err := w.conn.ExecContext(background, "PRAGMA wal_checkpoint(PASSIVE)")
	return errors.Join(err, w.stmts.close(), w.conn.Close(), w.db.Close())
}

// run serves requests until the channel is closed.
func (w *writer) run(requests <-chan request) {
	for first := range requests {
		group := w.gather(first, requests)
		errs := w.commit(group)
		for i, r := range group {
			r.done <- errs[i]
		}
	}
}

// gather returns first and what else has already arrived.
func (w *writer) gather(first request, requests <-chan request) []request {
	group := []request{first}
	for limit := w.pace.limit(); len(group) < limit; {
		select {
		case r, ok := <-requests:
			if !ok {
				return group
			}
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// commit writes the group in one transaction and returns each request's error. A request that the books
// refuse (a conflict) leaves nothing behind and does not concern its neighbours; an error of the database
// is everyone's.
func (w *writer) commit(group []request) []error {
	errs := make([]error, len(group))
	err := w.broken
	if err == nil {
		err = w.transaction(group, errs)
	}
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
	}
	return errs
}

func (w *writer) transaction(group []request, errs []error) error {
	began := time.Now()
	w.sums, w.period = newSums(), 0
	if err := w.exec(w.stmts.begin); err != nil {
		return w.failed(err)
	}
	for i, r := range group {
		if errs[i] = r.write(w); errs[i] != nil && !isRefusal(errs[i]) {
			return w.abort(errs[i])
		}
	}
	switch err := w.writeSums(); {
	case isRefusal(err):
		return w.apart(group, errs, err)
	case err != nil:
		return w.abort(err)
	}
	written := time.Now()
	if err := w.exec(w.stmts.commit); err != nil {
		return w.abort(err)
	}
	w.pace.learn(len(group), written.Sub(began), time.Since(written))
	if err := w.files.check(); err != nil { // before anybody is told that the entries are safe
		return w.failed(err)
	}
	return nil
}

// apart undoes the transaction of a group whose sums are refused, and writes each request in one of its own, so that
// the refusal is that of the request which it is about.
func (w *writer) apart(group []request, errs []error, refused error) error {
	if err := w.exec(w.stmts.rollback); err != nil {
		return w.failed(err)
	}
	if len(group) == 1 {
		errs[0] = refused
		return nil
	}
	for i := range group {
		err := w.broken
		if err == nil {
			err = w.transaction(group[i:i+1], errs[i:i+1])
		}
		errs[i] = cmp.Or(errs[i], err)
	}
	return nil
}

// abort rolls back after err. The rollback's own error says nothing: after some errors, a full disk among
// them, SQLite has already rolled back; if a transaction did stay open, the next one could not begin.
func (w *writer) abort(err error) error {
	_ = w.exec(w.stmts.rollback)
	return w.failed(err)
}

// failed notes err if it leaves the books uncertain, and returns it with what it was about.
func (w *writer) failed(err error) error {
	if code(err) != 0 {
		err = explain(w.path, err)
	}
	err = fmt.Errorf("budget/sqlite: write: %w", err)
	if !certain(err) {
		w.broken = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}

// background is the context of every write: a transaction belongs to many callers, so that no caller's
// context may end it.
var background = context.Background()

func (w *writer) exec(s *sql.Stmt, args ...any) error {
	_, err := s.ExecContext(background, args...)
	return err
}
