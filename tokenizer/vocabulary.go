package tokenizer

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// token is a token's number in a vocabulary and, at the same time, its rank: lower ones merge first.
type token uint32

// vocabulary holds the tokens of one encoding, with the look-ups that splitting a piece into tokens needs.
// All but the lazily filled halves is immutable once loaded.
type vocabulary struct {
	bytes  []byte   // the tokens' bytes, in order of rank
	starts []uint32 // token t is bytes[starts[t]:starts[t+1]]; a number without a token is empty

	// slots is a hash table of all tokens: 1 + token in the low tokenBits, then bits of the hash; 0 is free.
	slots []uint32
	// prefixes is a hash table of the tokens' first three bytes.
	prefixes []prefix
	long     []int // the lengths above maxListed that tokens have, descending

	halves []atomic.Uint64 // see split
}

// prefix says how long the tokens that begin with certain three bytes are.
type prefix struct {
	key     uint32 // 1<<24 | the three bytes; 0 is free
	lengths uint64 // bit n: there is one of n bytes; bit 63: there is one longer than maxListed
}

const (
	tokenBits = 18
	tokenMask = 1<<tokenBits - 1
	maxListed = 62
)

// loadVocabulary reads a vocabulary from the .tiktoken file that is part of the binary: a line for each
// token, its bytes in base64 and its rank, in order of rank.
func loadVocabulary(name string) (*vocabulary, error) {
	file, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		return nil, err
	}
	count := bytes.Count(file, []byte("\n")) + 1
	v := &vocabulary{
		bytes:  make([]byte, 0, len(file)/2),
		starts: make([]uint32, 1, count+64),
	}
	for number := 1; len(file) > 0; number++ {
		var line []byte
		line, file, _ = bytes.Cut(file, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		if err := v.add(line); err != nil {
			return nil, fmt.Errorf("%s.tiktoken:%d: %w", name, number, err)
		}
	}
	v.index()
	return v, nil
}

// add appends the token of one line.
func (v *vocabulary) add(line []byte) error {
	encoded, digits, _ := bytes.Cut(line, []byte(" "))
	rank, err := strconv.Atoi(string(digits))
	if err != nil {
		return fmt.Errorf("rank: %w", err)
	}
	if rank < v.size() || rank >= tokenMask {
		return fmt.Errorf("rank %d is out of order or too high", rank)
	}
	for v.size() < rank {
		v.starts = append(v.starts, uint32(len(v.bytes)))
	}
	if v.bytes, err = base64.StdEncoding.AppendDecode(v.bytes, encoded); err != nil {
		return err
	}
	v.starts = append(v.starts, uint32(len(v.bytes)))
	return nil
}

// index builds the hash tables. They stay at most half full, so that a miss is noticed at once.
func (v *vocabulary) index() {
	size := 1
	for size < 2*v.size() {
		size *= 2
	}
	v.slots = make([]uint32, size)
	v.prefixes = make([]prefix, size/4)
	v.halves = make([]atomic.Uint64, v.size())
	long := make(map[int]bool)
	for t := range token(v.size()) {
		n := v.len(t)
		if n == 0 {
			continue
		}
		h := hash(v.bytes, int(v.starts[t]), n)
		i := h & uint64(size-1)
		for v.slots[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		v.slots[i] = tag(h) | uint32(t+1)
		if n > maxListed {
			long[n] = true
		}
		if n >= 3 {
			p := v.prefix(v.bytes, int(v.starts[t]))
			p.key = prefixKey(v.bytes, int(v.starts[t]))
			p.lengths |= 1 << min(n, 63)
		}
	}
	for n := range long {
		v.long = append(v.long, n)
	}
	slices.SortFunc(v.long, func(a, b int) int { return b - a })
}
