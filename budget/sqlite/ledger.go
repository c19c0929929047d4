package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
	sqlite3 "modernc.org/sqlite/lib"
)

// Ledger is a durable [books.Store]. Its methods may be called from many goroutines at once.
type Ledger struct {
	path string
	read *sql.DB

	// Of an owner only.
	writer *writer
	lock   *lock
	done   chan struct{} // closed when the writer has ended

	mu       sync.RWMutex // held for reading while a request is sent
	requests chan request
	closed   bool
}

// Options are the options of [Open]. The zero value is good.
type Options struct {
	// Run is the run that the owner is in, told to whoever finds the ledger in use; see [Ledger.SetOwner].
	Run string

	// Waiting, if it is not nil, has Open wait while another process owns the ledger, until ctx ends. It is
	// called once, before the wait, with who that is.
	Waiting func(owner *OwnedError)

	synchronous string // FULL if empty
	group       int    // the most requests in a transaction; 0 leaves it to pace
}

// Open opens the ledger at path as its owner, the only process that may write to it, and creates it if it
// does not exist: the file with mode 0600 and, if it is missing, the directory around it with mode 0700
// and a .gitignore (but not that one's parents). It takes the file path+".lock" until Close or until the
// process ends, however that may be, and fails with [*OwnedError] while another one has it (or waits, see
// [Options].Waiting). A file that a newer program wrote is a [*NewerError], and is left as it is. A symbolic link, or a
// file with more hard links than one, is refused: each name would have a lock of its own. So is what stands in the place
// of a side file (lock, log, shared memory) and is none: nothing outside the directory is read or written.
//
// The time it takes does not depend on the number of entries.
func Open(ctx context.Context, path string, o Options) (*Ledger, error) {
	if now := time.Now(); !storable(now) {
		return nil, fmt.Errorf("%s: the clock says it is the year %d, which the books cannot write: set the clock", path, now.Year())
	}
	if err := makePlace(path); err != nil {
		return nil, err
	}
	lock, err := acquire(ctx, path, o)
	if err != nil {
		return nil, err
	}
	l, err := open(ctx, path, o)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	l.lock = lock
	return l, nil
}

// open opens the ledger whose lock is held and starts the writer.
func open(ctx context.Context, path string, o Options) (*Ledger, error) {
	version, err := inspectFile(ctx, path, "mode=ro")
	if extendedCode(err) == sqlite3.SQLITE_READONLY_ROLLBACK {
		// The power failed, or the process died, while the file was made: SQLite takes back what was begun,
		// as it does for any program that may write.
		version, err = inspectFile(ctx, path, "mode=rw")
	}
	if err != nil {
		return nil, err
	}
	w, err := newWriter(ctx, path, version, o)
	if err != nil {
		return nil, explain(path, err)
	}
	l := &Ledger{
		path:     path,
		read:     connect(path, "mode=ro"),
		writer:   w,
		done:     make(chan struct{}),
		requests: make(chan request, maxGroup),
	}
	go func() {
		defer close(l.done)
		w.run(l.requests)
	}()
	return l, nil
}

// OpenReader opens the ledger at path for reading, whether or not an owner has it open. It never holds the
// owner up. Each Load and each iteration sees the books as of one moment; writing is [ErrReadOnly]. A file
// of an older program is an [*OlderError].
func OpenReader(ctx context.Context, path string) (*Ledger, error) {
	version, err := inspectFile(ctx, path, "mode=ro")
	if err != nil {
		return nil, err
	}
	switch {
	case version == 0:
		return nil, fmt.Errorf("%s: there is no ledger in it yet", path)
	case version < schemaVersion():
		return nil, &OlderError{Path: path, Version: version, Known: schemaVersion()}
	}
	return &Ledger{path: path, read: connect(path, "mode=ro")}, nil
}

// inspectFile returns the schema version of the file at path. It writes nothing to it.
func inspectFile(ctx context.Context, path, mode string) (int, error) {
	if err := readable(path); err != nil {
		return 0, err
	}
	db := connect(path, mode)
	defer db.Close()
	return inspect(ctx, db, path, schemaVersion())
}

// connect returns a pool of connections to the file at path. It opens nothing yet.
func connect(path, mode string, pragmas ...string) *sql.DB {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") {
		absolute = "/" + absolute // a drive letter
	}
	query := mode + "&_error_rc=1&_pragma=busy_timeout(10000)"
	for _, p := range pragmas {
		query += "&_pragma=" + url.QueryEscape(p)
	}
	name := url.URL{Scheme: "file", Path: absolute, RawQuery: query}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		panic(err) // only for a driver that is not registered
	}
	return db
}

// SetOwner tells whoever finds the ledger in use that the owner is now in this run.
func (l *Ledger) SetOwner(run string) error {
	return l.tell(func(k *lock) error { return k.setRun(run) })
}

// SetControl tells whoever finds the ledger in use at which socket the owner can be asked and told, "" for none.
func (l *Ledger) SetControl(socket string) error {
	return l.tell(func(k *lock) error { return k.setControl(socket) })
}

// tell writes something into the lock file of an open ledger.
func (l *Ledger) tell(what func(*lock) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.writer == nil:
		return ErrReadOnly
	case l.closed:
		return ErrClosed
	}
	return what(l.lock)
}

// submit has the writer carry out write and returns its error.
func (l *Ledger) submit(write func(*writer) error) error {
	r := request{write: write, done: make(chan error, 1)}
	if err := l.send(r); err != nil {
		return err
	}
	return <-r.done
}

func (l *Ledger) send(r request) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.writer == nil:
		return ErrReadOnly
	}
	l.requests <- r
	return nil
}

// closedOr returns ErrClosed where err is that of a closed pool.
func (l *Ledger) closedOr(err error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return ErrClosed
	}
	return err
}

// explain is the function for an error of the database in the middle of its use.
func (l *Ledger) explain(err error) error {
	if code(err) == 0 {
		return err
	}
	return explain(l.path, err)
}

// Close waits for the writes that were submitted, moves everything into the one file, and lets another
// process own it. Further calls do nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	if l.writer != nil {
		close(l.requests)
	}
	l.mu.Unlock()

	err := l.read.Close()
	if l.writer == nil {
		return err
	}
	<-l.done
	return errors.Join(err, l.writer.close(), l.lock.release())
}
