package count

import (
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// memo remembers what the parts of requests count, because a conversation is sent again and again with a
// little more at its end. It holds no text: a part is known by 128 bits of its hash, seeded anew in each
// process, so that nobody can prepare two parts that are taken for one. It is safe for concurrent use.
//
// It is bounded: at most memoParts counts (about 3 MB), and what is forgotten was not among the half used last
// of its shard.
type memo struct {
	seeds  [2]maphash.Seed
	shards [memoShards]memoShard
}

const (
	memoShards = 16
	memoParts  = memoShards * 2 * 896 // 896 fill a map of 1024 places

	// memoLeast is the length in bytes from which finding a part is faster than counting it.
	memoLeast = 32
)

func newMemo() *memo { return &memo{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}} }

// memoShard has two generations. When the young one is full it becomes the old one, and what was old is
// forgotten; what is used moves to the young. Unlike a list in order of use it writes nothing on most hits.
type memoShard struct {
	mu         sync.Mutex
	young, old map[memoKey]tokenizer.Count
}

// memoKey is a part as one counter and one shape see it. It keeps both alive, so that no other can come to
// have their addresses.
type memoKey struct {
	counter *tokenizer.Counter
	shape   *models.Overhead
	hash    [2]uint64
}

func (m *memo) shard(k memoKey) *memoShard { return &m.shards[k.hash[0]%memoShards] }

func (m *memo) find(k memoKey) (tokenizer.Count, bool) {
	s := m.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, ok := s.young[k]; ok {
		return n, true
	}
	n, ok := s.old[k]
	if ok {
		s.add(k, n)
	}
	return n, ok
}

func (m *memo) add(k memoKey, n tokenizer.Count) {
	s := m.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(k, n)
}

func (s *memoShard) add(k memoKey, n tokenizer.Count) {
	if s.young == nil {
		s.young, s.old = make(map[memoKey]tokenizer.Count), make(map[memoKey]tokenizer.Count)
	}
	if len(s.young) >= memoParts/memoShards/2 {
		s.young, s.old = s.old, s.young
		clear(s.young)
	}
	s.young[k] = n
}

// digest hashes the fields of a part. Each is preceded by its length, so that no two parts whose fields
// differ are hashed as the same bytes.
type digest struct{ a, b maphash.Hash }

func (m *memo) digest(kind int) (d digest) {
	d.a.SetSeed(m.seeds[0])
	d.b.SetSeed(m.seeds[1])
	d.number(kind)
	return d
}

func (d *digest) number(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	d.a.Write(b[:])
	d.b.Write(b[:])
}

func (d *digest) text(s string) {
	d.number(len(s))
	d.a.WriteString(s)
	d.b.WriteString(s)
}

func (d *digest) bytes(b []byte) {
	d.number(len(b))
	d.a.Write(b)
	d.b.Write(b)
}

func (d *digest) sum() [2]uint64 { return [2]uint64{d.a.Sum64(), d.b.Sum64()} }
