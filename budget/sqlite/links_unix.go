//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// links returns how many names the file has.
func links(info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type differs from system to system
	}
	return 1
}
