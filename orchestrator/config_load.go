package orchestrator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// The bounds of a configuration file: its bytes; and its keys, parts of keys and elements of arrays.
const (
	maxConfig      = 1 << 20
	maxConfigItems = 20_000
)

// LoadConfig reads a project's configuration. The error joins every mistake in the file, each a
// [*Error]; with an error there is no configuration.
func LoadConfig(path string) (*Config, []document.Warning, error) {
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
func readConfig(path string) ([]byte, error) { return document.ReadRegular(path, maxConfig) }

// ParseConfig is [LoadConfig] for data that was read already; name stands for the file in messages.
func ParseConfig(name string, data []byte) (*Config, []document.Warning, error) {
	src := document.NewSource(name)
	src.Secrets = true
	root, ok := document.Decode(src, bytes.TrimPrefix(data, document.ByteOrderMark), maxConfigItems)
	if !ok {
		return nil, nil, src.Err()
	}
	c := readConfigTables(root)
	checkConfig(src, c)
	if err := src.Err(); err != nil {
		return nil, nil, err
	}
	return c, src.Warnings(), nil
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

// Error is one mistake in a configuration or a task file, with its place.
type Error = document.Error

// Warning is something in such a file that works, but hardly as meant.
type Warning = document.Warning
