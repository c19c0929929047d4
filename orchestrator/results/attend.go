package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// attend looks whether the file is still the one that its name means. One that somebody deleted is written anew,
// whole; one that somebody replaced goes on under another name, for the new one is not ours. The caller holds the
// mutex.
func (r *File) attend() error {
	if r.file == nil || r.failed != nil {
		return r.failed
	}
	ours, err := r.file.Stat()
	if err != nil {
		return err
	}
	if ours.Size() < r.size {
		r.failed = fmt.Errorf("%s was cut by somebody else: it lacks what stood behind byte %d", r.path, ours.Size())
		return r.failed
	}
	r.size = ours.Size()
	there, err := os.Stat(r.path)
	switch {
	case err == nil && os.SameFile(there, ours):
		return nil
	case err == nil:
		err = r.moveTo(r.path + "." + r.run)
	case errors.Is(err, fs.ErrNotExist):
		err = r.moveTo(r.path)
	}
	r.failed = err
	return err
}

// moveTo goes on in a new file, which begins with all that was written until now.
func (r *File) moveTo(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as open to others as any results
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.NewSectionReader(r.file, 0, r.size))
	if err == nil {
		err = errors.Join(file.Sync(), syncDir(filepath.Dir(path)))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	_ = r.file.Close()
	if path == r.path {
		r.warn(fmt.Sprintf("%s was deleted during the run: it is written anew, with all results", path))
	} else {
		r.warn(fmt.Sprintf("%s was replaced during the run: all results are in %s", r.path, path))
	}
	r.file, r.w, r.path, r.closing = file, file, path, file.Close
	return nil
}

// syncDir makes the names in a directory durable, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
