package disktest

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// Op is what SQLite asks of the disk.
type Op string

// The operations that a disk sees. Read is not in a trace.
const (
	Open     Op = "open"
	Read     Op = "read"
	Write    Op = "write"
	Truncate Op = "truncate"
	Sync     Op = "sync"
	Delete   Op = "delete"
)

// Call is one operation on a file, about to be carried out.
type Call struct {
	Op     Op
	Name   string // of the file, without the directory
	Offset int64  // of Read and Write
	Size   int64  // bytes of Read and Write, the new length of Truncate
}

// Fault is how an operation fails: a result code of SQLite.
type Fault int32

// The faults. A failed operation does nothing to the file.
const (
	Works       Fault = sqlite3.SQLITE_OK
	Full        Fault = sqlite3.SQLITE_FULL
	FailedRead  Fault = sqlite3.SQLITE_IOERR_READ
	FailedWrite Fault = sqlite3.SQLITE_IOERR_WRITE
	FailedSync  Fault = sqlite3.SQLITE_IOERR_FSYNC
)

// Disk is a directory. Its methods may be called from many goroutines at once.
type Disk struct {
	Dir string

	mu    sync.Mutex
	trace Trace
	fault func(Call) Fault
}

var (
	install sync.Once
	disksMu sync.Mutex
	disks   = make(map[string]*Disk) // by directory
)

// New returns an empty disk, which ends with the test.
func New(tb testing.TB) *Disk {
	tb.Helper()
	install.Do(register)
	dir, err := filepath.EvalSymlinks(tb.TempDir()) // as SQLite names it
	if err != nil {
		tb.Fatal(err)
	}
	d := &Disk{Dir: dir}
	disksMu.Lock()
	disks[dir] = d
	disksMu.Unlock()
	tb.Cleanup(func() {
		disksMu.Lock()
		delete(disks, dir)
		disksMu.Unlock()
	})
	return d
}

// diskOf returns the disk that the file is on, or nil, and the file's name on it.
func diskOf(path string) (*Disk, string) {
	disksMu.Lock()
	defer disksMu.Unlock()
	for dir, d := range disks {
		if name, ok := strings.CutPrefix(path, dir+string(filepath.Separator)); ok {
			return d, name
		}
	}
	return nil, ""
}

// Fail has f decide from now on which operations fail, and how. Nil lets all of them work. f must not use
// the disk.
func (d *Disk) Fail(f func(Call) Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

// FailOp makes every operation of this kind fail.
func (d *Disk) FailOp(op Op, fault Fault) {
	d.Fail(func(c Call) Fault {
		if c.Op == op {
			return fault
		}
		return Works
	})
}

// do carries out a call unless it is to fail, and notes it if it worked. Holding the lock meanwhile gives
// the trace the order of what happened.
func (d *Disk) do(c Call, data []byte, carryOut func() int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault != nil {
		if fault := d.fault(c); fault != Works {
			return int32(fault)
		}
	}
	rc := carryOut()
	if rc == sqlite3.SQLITE_OK && c.Op != Read {
		d.trace = append(d.trace, event{Call: c, data: append([]byte(nil), data...)})
	}
	return rc
}
