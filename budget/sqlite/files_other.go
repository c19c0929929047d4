//go:build !unix

package sqlite

import "os"

// openOnly is nothing where files are opened without flags for links and pipes: [ownFile] has looked before.
const openOnly = 0

// links is one where the number of a file's names is not in its FileInfo.
func links(os.FileInfo) uint64 { return 1 }
