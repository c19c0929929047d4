package count

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Afresh is Of without its memory.
func Afresh(r *wire.Request) tokenizer.Count { return count(context.Background(), r, nil) }

// Memo is a memory of one's own.
type Memo struct{ *memo }

func NewMemo() Memo { return Memo{newMemo()} }

// Count is Count with this memory.
func (m Memo) Count(r *wire.Request) tokenizer.Count { return count(context.Background(), r, m.memo) }

// Parts returns how many parts are remembered.
func (m Memo) Parts() (n int) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		n += len(s.young) + len(s.old)
		s.mu.Unlock()
	}
	return n
}

// Knows reports whether all messages of r are remembered.
func (m Memo) Knows(r *wire.Request) bool {
	model := models.Of(r.Model)
	for i := range r.Messages {
		key := memoKey{model.Counter(), model.Overhead(), (*message)(&r.Messages[i]).hash(m.memo)}
		if _, ok := m.find(key); !ok {
			return false
		}
	}
	return true
}

const MemoParts = memoParts
