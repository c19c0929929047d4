package sqlite

import "time"

// Bounds of the requests that share a transaction.
const (
	minGroup = 16
	maxGroup = 256
)

// pace decides how many requests share a transaction. Each one more shares the sync and delays the others,
// and those who are answered together come back together: without a bound, the callers of a run whose calls
// take equally long end up in one convoy, with the writer idle while they are away (at 64 workers and 20 ms
// that cost a quarter of the run's time). So a group grows only until writing its rows takes as long as
// syncing them; on a slow disk that is many, on a fast one minGroup.
type pace struct {
	fixed     int           // always this many, if not 0
	row, sync time.Duration // of a request's rows and of a commit, as they were lately
}

// limit returns the most requests of the next transaction.
func (p *pace) limit() int {
	switch {
	case p.fixed > 0:
		return p.fixed
	case p.row <= 0:
		return minGroup
	}
	return int(min(max(p.sync/p.row, minGroup), maxGroup))
}

// learn takes account of a transaction: n requests were written in wrote and committed in synced.
func (p *pace) learn(n int, wrote, synced time.Duration) {
	const weight = 8 // a slow disk is known after a few transactions, one slow commit is soon forgotten
	p.row += (wrote/time.Duration(n) - p.row) / weight
	p.sync += (synced - p.sync) / weight
}
