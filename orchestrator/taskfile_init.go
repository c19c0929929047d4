package orchestrator

import (
	"bytes"
	_ "embed"
)

//go:embed taskfile_init.toml
var initTasks []byte

// InitTasks returns a small task file, in TOML: two tasks and one that uses what they found.
func InitTasks() []byte { return bytes.Clone(initTasks) }
