package disktest

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The VFS is the default one of SQLite with some of its functions replaced. Functions that C code would
// reach by pointer are, in the Go that SQLite was translated to, pointers to Go's function values, kept in
// memory that is not Go's: only top-level functions, which never move, may stand there.

// file is an open file of a disk.
type file struct {
	disk    *Disk
	name    string
	methods *sqlite3.Tsqlite3_io_methods // those of the default VFS
}

var (
	base *sqlite3.Tsqlite3_vfs // the default VFS

	filesMu  sync.Mutex
	files    = make(map[uintptr]*file)   // by sqlite3_file
	replaced = make(map[uintptr]uintptr) // the default VFS's io methods -> ours
)

// register makes the VFS the default. It stays: connections that are opened later may use it at any time.
func register() {
	tls := libc.NewTLS()
	original := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if original == 0 {
		panic("disktest: SQLite has no default VFS")
	}
	base = at[sqlite3.Tsqlite3_vfs](original)
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*base)))
	name, err := libc.CString("disktest")
	if ours == 0 || err != nil {
		panic("disktest: out of memory")
	}
	vfs := at[sqlite3.Tsqlite3_vfs](ours)
	*vfs = *base
	vfs.FpNext, vfs.FzName = 0, name
	vfs.FxOpen, vfs.FxDelete = pointer(open), pointer(remove)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, ours, 1); rc != sqlite3.SQLITE_OK {
		panic(fmt.Sprintf("disktest: SQLite refuses the VFS: %d", rc))
	}
}

func open(tls *libc.TLS, vfs, path, handle uintptr, flags int32, outFlags uintptr) int32 {
	carryOut := func() int32 {
		return call[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](base.FxOpen)(tls, vfs, path, handle, flags, outFlags)
	}
	if path == 0 {
		return carryOut()
	}
	d, name := diskOf(libc.GoString(path))
	if d == nil {
		return carryOut()
	}
	at[sqlite3.Tsqlite3_file](handle).FpMethods = 0 // there is nothing to close if it fails
	rc := d.do(Call{Op: Open, Name: name}, nil, carryOut)
	if at[sqlite3.Tsqlite3_file](handle).FpMethods != 0 {
		adopt(tls, handle, &file{disk: d, name: name})
	}
	return rc
}

// adopt replaces the methods of an open file.
func adopt(tls *libc.TLS, handle uintptr, f *file) {
	filesMu.Lock()
	defer filesMu.Unlock()
	methods := at[sqlite3.Tsqlite3_file](handle).FpMethods
	f.methods = at[sqlite3.Tsqlite3_io_methods](methods)
	ours, ok := replaced[methods]
	if !ok {
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*f.methods)))
		if ours == 0 {
			panic("disktest: out of memory")
		}
		m := at[sqlite3.Tsqlite3_io_methods](ours)
		*m = *f.methods
		m.FxClose, m.FxRead, m.FxWrite = pointer(closeFile), pointer(read), pointer(write)
		m.FxTruncate, m.FxSync = pointer(truncate), pointer(syncFile)
		replaced[methods] = ours
	}
	at[sqlite3.Tsqlite3_file](handle).FpMethods = ours
	files[handle] = f
}

func fileOf(handle uintptr) *file {
	filesMu.Lock()
	defer filesMu.Unlock()
	return files[handle]
}

func closeFile(tls *libc.TLS, handle uintptr) int32 {
	f := fileOf(handle)
	filesMu.Lock()
	delete(files, handle)
	filesMu.Unlock()
	return call[func(*libc.TLS, uintptr) int32](f.methods.FxClose)(tls, handle)
}

type transfer = func(tls *libc.TLS, handle, buffer uintptr, size int32, offset int64) int32

func read(tls *libc.TLS, handle, buffer uintptr, size int32, offset int64) int32 {
	f := fileOf(handle)
	return f.disk.do(Call{Read, f.name, offset, int64(size)}, nil, func() int32 {
		return call[transfer](f.methods.FxRead)(tls, handle, buffer, size, offset)
	})
}

func write(tls *libc.TLS, handle, buffer uintptr, size int32, offset int64) int32 {
	f := fileOf(handle)
	return f.disk.do(Call{Write, f.name, offset, int64(size)}, unsafe.Slice(at[byte](buffer), size), func() int32 {
		return call[transfer](f.methods.FxWrite)(tls, handle, buffer, size, offset)
	})
}

func truncate(tls *libc.TLS, handle uintptr, size int64) int32 {
	f := fileOf(handle)
	return f.disk.do(Call{Op: Truncate, Name: f.name, Size: size}, nil, func() int32 {
		return call[func(*libc.TLS, uintptr, int64) int32](f.methods.FxTruncate)(tls, handle, size)
	})
}

func syncFile(tls *libc.TLS, handle uintptr, flags int32) int32 {
	f := fileOf(handle)
	return f.disk.do(Call{Op: Sync, Name: f.name}, nil, func() int32 {
		return call[func(*libc.TLS, uintptr, int32) int32](f.methods.FxSync)(tls, handle, flags)
	})
}

// remove deletes a file. Whether it is to sync the directory makes no difference to the trace, which takes no
// deletion for durable.
func remove(tls *libc.TLS, vfs, path uintptr, syncDir int32) int32 {
	carryOut := func() int32 {
		return call[func(*libc.TLS, uintptr, uintptr, int32) int32](base.FxDelete)(tls, vfs, path, syncDir)
	}
	d, name := diskOf(libc.GoString(path))
	if d == nil {
		return carryOut()
	}
	return d.do(Call{Op: Delete, Name: name}, nil, carryOut)
}

// at returns the T at an address outside of Go's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// pointer returns a function as C code keeps it, and call the function that C code keeps so.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }
