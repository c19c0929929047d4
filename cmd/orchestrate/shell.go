package main

import (
	"os"
	"path/filepath"
	"strings"
)

// program is how the user called this program.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/orchestrate"
	}
	return "orchestrate"
}

func absolute(file string) string {
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}
