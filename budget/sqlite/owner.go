package sqlite

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

// Owner is who has a ledger open for writing, or had it and died, as the lock file says it.
type Owner struct {
	PID   int       `json:"pid"`
	Run   string    `json:"run,omitempty"` // the run that it is in, "" for none
	Since time.Time `json:"since"`

	Control string `json:"control,omitempty"` // the socket at which it can be asked and told, "" for none
}

// OwnerOf returns who owns the ledger at path, nil if nobody does. It is for people: the lock alone decides who may
// write, and it cannot be looked at without being in the way of somebody who takes it.
func OwnerOf(path string) *Owner {
	if o := readOwner(path + ".lock"); o.PID != 0 {
		return &o
	}
	return nil
}

// Gone reports whether there is no such process any more: it died, and what it held is open until the next owner.
// A process of another machine or container looks gone, and one that has the number of a dead one does not.
func (o *Owner) Gone() bool {
	process, err := os.FindProcess(o.PID)
	if err != nil {
		return true
	}
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// maxOwner bounds in bytes what is read of a lock file.
const maxOwner = 4 << 10

// readOwner returns what a lock file says, or the zero owner if it says nothing that can be understood.
func readOwner(path string) Owner {
	file, err := os.OpenFile(path, os.O_RDONLY|openOnly, 0)
	if err != nil {
		return Owner{}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Owner{}
	}
	var o Owner
	text, err := io.ReadAll(io.LimitReader(file, maxOwner))
	if err != nil || json.Unmarshal(text, &o) != nil {
		return Owner{}
	}
	return o
}
