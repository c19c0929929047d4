package provider

import (
	"math/rand/v2"
	"sync"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// fingerprint is the identity of what a request says: FNV-1a over the seed, the model and the messages,
// each closed by a byte that no UTF-8 text has. The output cap is left out, so that a capped answer is the
// beginning of the full one, as it is with a model.
func fingerprint(seed int64, r *wire.Request) uint64 {
	const offset, prime, end = 14695981039346656037, 1099511628211, 0xff
	h := uint64(offset)
	for s := uint64(seed); s != 0; s >>= 8 {
		h = (h ^ s&0xff) * prime
	}
	add := func(text string) {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * prime
		}
		h = (h ^ end) * prime
	}
	add(r.Model)
	for i := range r.Messages {
		add(r.Messages[i].Role)
		add(r.Messages[i].Text())
	}
	return mix(h)
}

// mix spreads every bit over all the others (the finaliser of MurmurHash3). Without it the hashes of
// prompts that differ in their last digits only seed generators whose first numbers are alike.
func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// fate is what becomes of an attempt.
type fate int

const (
	answered fate = iota
	failed
	limited
	lost
)

// fate draws from rng what becomes of an attempt. It draws one number whatever the rates are, so that a
// change of one rate leaves the rest of the attempt alone.
func (c SimConfig) fate(rng *rand.Rand) fate {
	x := rng.Float64()
	switch {
	case x < c.ErrorRate:
		return failed
	case x < c.ErrorRate+c.RateLimitRate:
		return limited
	case x < c.ErrorRate+c.RateLimitRate+c.CutRate:
		return lost
	}
	return answered
}

// attempts numbers the attempts at each request. It forgets a request only after limit others came, so
// that its memory is bounded by twice that many entries and a retry still finds its number.
type attempts struct {
	limit int

	mu         sync.Mutex
	young, old map[uint64]uint64
}

// next returns how often request was tried before.
func (a *attempts) next(request uint64) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, known := a.young[request]
	if !known {
		n = a.old[request]
		if a.young == nil || len(a.young) >= a.limit {
			a.old, a.young = a.young, make(map[uint64]uint64)
		}
	}
	a.young[request] = n + 1
	return n
}
