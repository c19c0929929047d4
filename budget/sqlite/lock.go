package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lock is a held lock. It is the operating system's and goes with the process, however that ends; the file, which says
// who has it for the message of whoever comes second, stays: removing it would let two processes lock two files of one
// name.
type lock struct {
	held  *flock.Flock
	file  *os.File // the same file, to write the owner into: what stands at its path by then may be another
	owner Owner
}

// pollLock is how often a waiting process tries for the lock: the operating system cannot be asked to wait
// and yet be stopped.
const pollLock = 200 * time.Millisecond

// acquire takes the lock of the ledger at path or fails with *OwnedError, or waits as o says.
func acquire(ctx context.Context, path string, o Options) (*lock, error) {
	held := flock.New(path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR|openOnly), flock.SetPermissions(0o600))
	ok, err := held.TryLock()
	if err != nil {
		return nil, explainFile(held.Path(), err)
	}
	if !ok {
		who := readOwner(held.Path())
		owned := &OwnedError{Path: path, PID: who.PID, Run: who.Run, Since: who.Since}
		if o.Waiting == nil {
			return nil, owned
		}
		o.Waiting(owned)
		if _, err := held.TryLockContext(ctx, pollLock); err != nil {
			return nil, fmt.Errorf("%s: waiting for its owner: %w", path, err)
		}
	}
	l := &lock{held: held, owner: Owner{PID: os.Getpid(), Since: time.Now().UTC()}}
	if err := l.open(); err != nil {
		return nil, errors.Join(err, held.Unlock())
	}
	if err := l.setRun(o.Run); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// open opens the file that is locked, and makes sure that it is that one and nobody else's.
func (l *lock) open() error {
	path := l.held.Path()
	file, err := os.OpenFile(path, os.O_RDWR|openOnly, 0)
	if err != nil {
		return explainFile(path, err)
	}
	locked, err := l.held.Stat()
	info, infoErr := file.Stat()
	if err = errors.Join(err, infoErr); err == nil {
		err = regular(path, info)
	}
	if err == nil && !os.SameFile(locked, info) {
		err = fmt.Errorf("%s was replaced while it was opened: try again", path)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file = file
	return nil
}

// setRun writes the owner, now in run, into the lock file.
func (l *lock) setRun(run string) error {
	l.owner.Run = run
	return l.write()
}

// setControl writes where the owner listens into the lock file.
func (l *lock) setControl(socket string) error {
	l.owner.Control = socket
	return l.write()
}

// write writes the owner. A reader may meet it half-written.
func (l *lock) write() error {
	text, err := json.Marshal(l.owner)
	if err != nil {
		return fmt.Errorf("%s: %w", l.held.Path(), err)
	}
	err = l.file.Truncate(0)
	if err == nil {
		_, err = l.file.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return explainFile(l.held.Path(), err)
	}
	return nil
}

// release gives the lock back, and says in the file that nobody has it.
func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), l.held.Unlock(), l.file.Close())
}
