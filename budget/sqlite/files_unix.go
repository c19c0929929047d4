//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// openOnly has opening a file neither follow a link nor wait for the other end of a pipe.
const openOnly = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// links returns how many names the file has.
func links(info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type differs from system to system
	}
	return 1
}
