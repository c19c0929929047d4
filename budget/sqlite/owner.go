package sqlite

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Owner is who has a ledger open for writing, or had it and died.
type Owner struct {
	PID   int       `json:"pid"`
	Run   string    `json:"run,omitempty"`
	Since time.Time `json:"since"`
	// Gone means that there is no such process any more: it died, and what it held is open until the next owner.
	Gone bool `json:"gone"`
}

// OwnerOf returns who owns the ledger at path, nil if nobody does. It is for people: the lock alone decides who may
// write, and it cannot be looked at without being in the way of somebody who takes it. A process of another machine
// or container looks gone.
func OwnerOf(path string) *Owner {
	o := readOwner(path + ".lock")
	if o.PID == 0 {
		return nil
	}
	return &Owner{PID: o.PID, Run: o.Run, Since: o.Since, Gone: isGone(o.PID)}
}

func isGone(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
