//go:build !unix

package sqlite

import "os"

// links is one where the number of a file's names is not in its FileInfo.
func links(os.FileInfo) uint64 { return 1 }
