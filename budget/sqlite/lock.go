package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lock is a held lock. It is the operating system's and goes with the process, however that ends; the file, which says
// who has it for the message of whoever comes second, stays: removing it would let two processes lock two files of one
// name.
type lock struct {
	file  *flock.Flock
	owner Owner
}

// pollLock is how often a waiting process tries for the lock: the operating system cannot be asked to wait
// and yet be stopped.
const pollLock = 200 * time.Millisecond

// acquire takes the lock of the ledger at path or fails with *OwnedError, or waits as o says.
func acquire(ctx context.Context, path string, o Options) (*lock, error) {
	file := flock.New(path+".lock", flock.SetPermissions(0o600))
	ok, err := file.TryLock()
	if err != nil {
		return nil, explainFile(path, err)
	}
	if !ok {
		who := readOwner(file.Path())
		owned := &OwnedError{Path: path, PID: who.PID, Run: who.Run, Since: who.Since}
		if o.Waiting == nil {
			return nil, owned
		}
		o.Waiting(owned)
		if _, err := file.TryLockContext(ctx, pollLock); err != nil {
			return nil, fmt.Errorf("%s: waiting for its owner: %w", path, err)
		}
	}
	l := &lock{file: file, owner: Owner{PID: os.Getpid(), Since: time.Now().UTC()}}
	if err := l.setRun(o.Run); err != nil {
		return nil, errors.Join(err, file.Unlock())
	}
	return l, nil
}

// setRun writes the owner, now in run, into the lock file. A reader may meet it half-written.
func (l *lock) setRun(run string) error {
	l.owner.Run = run
	text, err := json.Marshal(l.owner)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.file.Path(), append(text, '\n'), 0o600); err != nil {
		return explainFile(l.file.Path(), err)
	}
	return nil
}

// release gives the lock back, and says in the file that nobody has it.
func (l *lock) release() error {
	err := os.Truncate(l.file.Path(), 0)
	if errors.Is(err, fs.ErrNotExist) { // somebody deleted it, which a write to the ledger has told
		err = nil
	}
	return errors.Join(err, l.file.Unlock())
}
