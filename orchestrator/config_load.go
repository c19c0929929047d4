package orchestrator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxConfig bounds a configuration file in bytes.
const maxConfig = 1 << 20

// LoadConfig reads a project's configuration. The error joins every mistake in the file, each a
// [*ConfigError]; with an error there is no configuration.
func LoadConfig(path string) (*Config, []Warning, error) {
	data, err := readConfig(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, warnings, err := ParseConfig(path, data)
	if err != nil {
		return nil, nil, err
	}
	c.Path = path
	return c, warnings, nil
}

// readConfig refuses what is too large to be a configuration: such a file is another one by mistake.
func readConfig(path string) ([]byte, error) { return readRegular(path, maxConfig) }

// readRegular reads a file of up to limit bytes. Reading a pipe or a device could wait for ever, so they are refused.
func readRegular(path string, limit int64) ([]byte, error) {
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
	return readBounded(f, path, limit)
}

// readBounded reads all of in, which may have up to limit bytes.
func readBounded(in io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is too large: the most is %d MiB", name, limit>>20)
	}
	return data, err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// ParseConfig is [LoadConfig] for data that was read already; name stands for the file in messages.
func ParseConfig(name string, data []byte) (*Config, []Warning, error) {
	src := &source{mistakes: mistakes{file: name}, secrets: true}
	root, ok := decodeTOML(src, bytes.TrimPrefix(data, byteOrderMark), maxConfigItems)
	if !ok {
		return nil, nil, src.err()
	}
	c := readConfigTables(root)
	checkConfig(src, c)
	if err := src.err(); err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(src.warnings, func(a, b Warning) int { return byPlace((*ConfigError)(&a), (*ConfigError)(&b)) })
	return c, src.warnings, nil
}

// FindConfig returns the configuration that belongs to a task file: the orchestrate.toml beside it, else
// the first on the way up from workingDir. taskFile may be "" or "-" where there is none. If there is
// nothing to find, the error is [fs.ErrNotExist].
func FindConfig(taskFile, workingDir string) (string, error) {
	if taskFile != "" && taskFile != "-" {
		path := filepath.Join(filepath.Dir(taskFile), ConfigName)
		if found, err := isFile(path); found || err != nil {
			return path, err
		}
	}
	dir, err := filepath.Abs(workingDir)
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, ConfigName)
		if found, err := isFile(path); found || err != nil {
			return path, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no %s in %s or above it (orchestrate init writes one): %w", ConfigName, workingDir, fs.ErrNotExist)
		}
		dir = parent
	}
}

func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !info.IsDir(), err
}
