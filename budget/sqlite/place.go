package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// makePlace makes the file, and the directory that it is in, where they do not exist.
func makePlace(path string) error {
	dir := filepath.Dir(path)
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		// Only in a directory of our own: anywhere else it would hide other files from git.
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600); err != nil {
			return explainFile(path, err)
		}
		if err := syncDir(filepath.Dir(dir)); err != nil {
			return explainFile(path, err)
		}
	case !errors.Is(err, os.ErrExist):
		return explainFile(path, err)
	}
	if err := ownSides(path); err != nil {
		return err
	}
	// O_EXCL, because opening and closing a file that SQLite has open drops its locks.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return ownFile(path)
	}
	if err != nil {
		return explainFile(path, err)
	}
	return errors.Join(file.Close(), syncDir(dir))
}

// sideFiles are what an owner and SQLite write beside a ledger, by what is added to its name.
var sideFiles = []string{".lock", "-wal", "-shm", "-journal"}

// ownSides refuses side files of the ledger at path that are none.
func ownSides(path string) error {
	for _, side := range sideFiles {
		if _, err := os.Lstat(path + side); err != nil { // not there, or not for us to look at, like the ledger itself
			continue
		}
		if err := ownFile(path + side); err != nil {
			return err
		}
	}
	return nil
}

// ownFile refuses what is no file of its own at path: a link, which leads to somebody else's file or has two owners
// lock under two names, a second hard link, a pipe or a device. A directory around it may have several names, for the
// lock is in it.
func ownFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return explainFile(path, err)
	case info.Mode()&os.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, and whoever uses the file itself would not be noticed:"+
			" put the file in its place, or link its directory", path)
	case info.IsDir():
		return fmt.Errorf("%s is a directory, not a ledger", path)
	}
	return regular(path, info)
}

// regular refuses a file that was opened, or found, and is a pipe, a device or one with several names.
func regular(path string, info os.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file: remove it", path)
	case links(info) > 1:
		return fmt.Errorf("%s has %d names (hard links), and whoever uses another one would not be noticed:"+
			" remove the others, or put a copy in its place", path, links(info))
	}
	return nil
}

// readable refuses what SQLite must not open for reading: all that an owner is refused, for it makes and writes side
// files then, too, but for a second name of the ledger itself.
func readable(path string) error {
	if err := ownSides(path); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		return nil
	}
	return ownFile(path)
}

// syncDir makes durable that what was just made in dir is there: SQLite syncs the file, and its directory
// only where it made the file itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // where directories cannot be synced, and are written through
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// standing are the files that an owner has open, by path, as they were found.
type standing map[string]os.FileInfo

// stand remembers the files at paths.
func stand(paths ...string) (standing, error) {
	s := make(standing)
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil {
			return nil, err
		}
		s[path] = info
	}
	return s, nil
}

// check reports a file that is not at its path any more. Neither SQLite nor the operating system would: what
// is written to a deleted file seems to be there until it is closed.
func (s standing) check() error {
	for path, then := range s {
		if now, err := os.Lstat(path); err != nil || !os.SameFile(then, now) {
			return fmt.Errorf("%s was deleted, moved or replaced while it was open: put it back and open the ledger again", path)
		}
	}
	return nil
}
