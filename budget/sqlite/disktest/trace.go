package disktest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Trace is what happened to a disk, in order.
type Trace []event

// event is an operation that worked, or a mark.
type event struct {
	Call
	data []byte
	mark any
}

// Mark notes v in the trace: whatever the test knows from this moment on, that an append has returned say.
func (d *Disk) Mark(v any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trace = append(d.trace, event{mark: v})
}

// Trace returns what happened so far.
func (d *Disk) Trace() Trace {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.trace)
}

// Marks returns the marks before the event k.
func (t Trace) Marks(k int) []any {
	var marks []any
	for _, e := range t[:k] {
		if e.mark != nil {
			marks = append(marks, e.mark)
		}
	}
	return marks
}

// sector is what a disk writes whole or not at all.
const sector = 512

// Cut returns the files, by name, that a disk may hold whose power fails before the event k. What a file
// was told to sync is there. Of what came later, whether written, cut off or deleted, r chooses what is:
// sectors in any order, and a write in part. A file that was never synced may be missing, and a deleted one
// be back until its directory was synced.
func (t Trace) Cut(k int, r *rand.Rand) map[string][]byte {
	files := make(contents)
	pending := make(map[string][]event)
	opened := make(map[string]bool) // logs and journals that were not synced since
	for _, e := range t[:k] {
		switch e.Op {
		case Open:
			opened[e.Name] = strings.HasSuffix(e.Name, "-wal") || strings.HasSuffix(e.Name, "-journal")
		case Write, Truncate, Delete:
			pending[e.Name] = append(pending[e.Name], e)
		case Sync:
			files.apply(e.Name, pending[e.Name], nil)
			delete(pending, e.Name)
			if opened[e.Name] {
				// SQLite on Unix then syncs the directory too, underneath the VFS.
				opened[e.Name] = false
				files.remove(pending)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pending)) { // sorted, so that the seed decides all
		files.survive(name, pending[name], r)
	}
	return files
}

// contents are the files of a disk by name.
type contents map[string][]byte

// remove makes deletions certain that are pending.
func (c contents) remove(pending map[string][]event) {
	for name, events := range pending {
		for i, e := range slices.Backward(events) {
			if e.Op == Delete {
				delete(c, name)
				pending[name] = events[i+1:]
				break
			}
		}
	}
}

// survive applies to a file what r chooses of the events that no sync has made certain.
func (c contents) survive(name string, pending []event, r *rand.Rand) {
	// A file that is deleted and made again is another one: what is written to the second never ends up in
	// the first. So either the deletion has reached the disk, or nothing after it has.
	for i, e := range pending {
		if e.Op != Delete {
			continue
		}
		if r.IntN(2) == 0 {
			pending = pending[:i]
		} else {
			delete(c, name)
			pending = pending[i+1:]
		}
		c.survive(name, pending, r)
		return
	}
	if _, exists := c[name]; !exists && (len(pending) == 0 || r.IntN(2) == 0) {
		return
	}
	share := r.Float64() // some cuts lose nearly all, some nearly nothing
	c.apply(name, pending, func() bool { return r.Float64() < share })
}

// apply does to a file what the events did, or those sectors of it that keep chooses; nil keeps all.
func (c contents) apply(name string, events []event, keep func() bool) {
	for _, e := range events {
		switch e.Op {
		case Delete:
			delete(c, name)
		case Truncate:
			if keep == nil || keep() {
				c[name] = resize(c[name], e.Size)
			}
		case Write:
			c[name] = e.write(c[name], keep)
		}
	}
}

// write returns content as a write leaves it.
func (e event) write(content []byte, keep func() bool) []byte {
	for begin, stop := e.Offset, e.Offset+e.Size; begin < stop; {
		end := min((begin/sector+1)*sector, stop)
		if keep == nil || keep() {
			content = resize(content, max(int64(len(content)), end))
			copy(content[begin:end], e.data[begin-e.Offset:])
		}
		begin = end
	}
	return content
}

// resize returns content with another length; what is new is zero.
func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}
