package sqlite

import (
	"errors"
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
	// O_EXCL, because opening and closing a file that SQLite has open drops its locks.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return explainFile(path, err)
	}
	return errors.Join(file.Close(), syncDir(dir))
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
