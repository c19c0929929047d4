package config

import (
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

// Load reads a project's configuration from its one file; see [Files.Load].
func Load(path string) (*Config, []Warning, error) { return Files{Project: path}.Load() }

// readFile refuses what is too large to be a configuration: such a file is another one by mistake.
func readFile(path string) ([]byte, error) { return document.ReadRegular(path, maxBytes) }

// Parse is [Load] for data that was read already; name stands for the file in messages.
func Parse(name string, data []byte) (*Config, []Warning, error) {
	return Files{Project: name}.Parse(data)
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
