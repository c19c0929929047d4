package main

import (
	"os"
	"path/filepath"
	"strings"
)

// quoteArg returns s as an argument that a shell takes as it is.
func quoteArg(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// program is how the user called this program.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/orchestrate"
	}
	return "orchestrate"
}

func absolute(file string) string {
	if file == stdinFile {
		return file
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}
