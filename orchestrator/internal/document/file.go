package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadRegular reads a file of up to limit bytes. Reading a pipe or a device could wait for ever, so they are refused.
func ReadRegular(path string, limit int64) ([]byte, error) {
	switch info, err := os.Stat(path); { // where it fails, so does Open
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is a directory")}
	case err == nil && !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadBounded(f, path, limit)
}

// ReadBounded reads all of in, which may have up to limit bytes.
func ReadBounded(in io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is too large: the most is %d MiB", name, limit>>20)
	}
	return data, err
}

// ByteOrderMark may stand before a text in UTF-8; it is no part of it.
var ByteOrderMark = []byte("\xef\xbb\xbf")

// IsBelow reports whether path leads into the directory dir, both with their links followed.
func IsBelow(path, dir string) bool {
	target, err := realPath(path)
	root, rootErr := realPath(dir)
	if err != nil || rootErr != nil {
		return false
	}
	rel, err := filepath.Rel(root, target)
	return err == nil && filepath.IsLocal(rel)
}

func realPath(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// ReplaceFile writes a new file beside path, with the mode of the old one, and renames it onto that: whoever reads path sees
// the old content or the new.
func ReplaceFile(path string, content []byte) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(next.Name()))
		}
	}()
	_, err = next.Write(content)
	if err = errors.Join(err, next.Chmod(info.Mode().Perm()), next.Sync(), next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}
