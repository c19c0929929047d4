package command

import (
	"bytes"
	"fmt"
	"os"
)

// zombie reports whether a process has ended and its parent does not know yet.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return err == nil && bytes.HasPrefix(state, []byte("Z"))
}
