package config

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
	maxBytes = 1 << 20
	maxItems = 20_000
)

// Error is one mistake in a configuration, with its place and how to put it right. It never holds a secret.
type Error = document.Error

// Warning is something in a configuration that works, but hardly as meant.
type Warning = document.Warning

// Load reads a project's configuration. The error joins every mistake in the file, each a
// [*Error]; with an error there is no configuration.
func Load(path string) (*Config, []Warning, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, warnings, err := Parse(path, data)
	if err != nil {
		return nil, nil, err
	}
	c.Path = path
	return c, warnings, nil
}

// readFile refuses what is too large to be a configuration: such a file is another one by mistake.
func readFile(path string) ([]byte, error) { return document.ReadRegular(path, maxBytes) }

// Parse is [Load] for data that was read already; name stands for the file in messages.
func Parse(name string, data []byte) (*Config, []Warning, error) {
	src := document.NewSource(name)
	src.Secrets = true
	root, ok := document.Decode(src, bytes.TrimPrefix(data, document.ByteOrderMark), maxItems)
	if !ok {
		return nil, nil, src.Err()
	}
	c := readTables(root)
	check(src, c)
	if err := src.Err(); err != nil {
		return nil, nil, err
	}
	return c, src.Warnings(), nil
}

// Find returns the configuration that belongs to a task file: the orchestrate.toml beside it, else
// the first on the way up from workingDir. taskFile may be "" or "-" where there is none. If there is
// nothing to find, the error is [fs.ErrNotExist].
func Find(taskFile, workingDir string) (string, error) {
	if taskFile != "" && taskFile != "-" {
		path := filepath.Join(filepath.Dir(taskFile), FileName)
		if found, err := isFile(path); found || err != nil {
			return path, err
		}
	}
	dir, err := filepath.Abs(workingDir)
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, FileName)
		if found, err := isFile(path); found || err != nil {
			return path, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no %s in %s or above it (orchestrate init writes one): %w", FileName, workingDir, fs.ErrNotExist)
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
