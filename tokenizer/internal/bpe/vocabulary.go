package bpe

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
	bytes    []byte   // the tokens' bytes, in order of rank
	starts   []uint32 // token t is bytes[starts[t]:starts[t+1]]; a number without a token is empty
	short    shortTable
	long     longTable
	prefixes [len(stems)]prefixTable // each has the tokens that are longer than its stem, up to the next one
	filter   filter
	seams    seams
	runs     runs
	couples  []token         // the tokens of two bytes, first<<8 | second; noLimit where there is none
	lengths  []int           // of tokens longer than maxListed, descending
	halves   []atomic.Uint64 // see split
}

// size returns how many numbers there are, those without a token included.
func (v *vocabulary) size() int { return len(v.starts) - 1 }

// span returns where in v.bytes a token is.
func (v *vocabulary) span(t token) (start, end int) { return int(v.starts[t]), int(v.starts[t+1]) }

// find returns the token whose bytes are b[i:i+n].
func (v *vocabulary) find(b []byte, i, n int) (token, bool) {
	if n <= maxInline {
		return v.short.find(scramble(inlineKey(b, i, n)))
	}
	return v.long.find(hash(b, i, n), b, i, n)
}

// has reports whether b[i:i+n] is a token.
func (v *vocabulary) has(b []byte, i, n int) bool {
	_, ok := v.find(b, i, n)
	return ok
}

// seek is find for where most often there is none.
func (v *vocabulary) seek(b []byte, i, n int) (token, bool) {
	if n <= maxInline {
		if key := scramble(inlineKey(b, i, n)); v.filter.mayHave(key) {
			return v.short.find(key)
		}
	} else if h := hash(b, i, n); v.filter.mayHave(h) {
		return v.long.find(h, b, i, n)
	}
	return 0, false
}

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
		if err := v.append(line); err != nil {
			return nil, fmt.Errorf("%s.tiktoken:%d: %w", name, number, err)
		}
	}
	if err := v.index(); err != nil {
		return nil, fmt.Errorf("%s.tiktoken: %w", name, err)
	}
	return v, nil
}

// append appends the token of one line.
func (v *vocabulary) append(line []byte) error {
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
	if n := len(v.bytes) - int(v.starts[v.size()]); n >= 1<<lengthBits || len(v.bytes) >= 1<<offsetBits {
		return fmt.Errorf("%d bytes are too many, or %d in all", n, len(v.bytes))
	}
	v.starts = append(v.starts, uint32(len(v.bytes)))
	return nil
}

// index builds the look-ups.
func (v *vocabulary) index() error {
	v.short = newShortTable()
	v.long = newLongTable(v.size(), v.bytes)
	v.filter = make(filter, 1<<filterBits/64)
	v.seams = newSeams()
	v.couples = slices.Repeat([]token{noLimit}, 1<<16)
	for k := range v.prefixes {
		v.prefixes[k] = newPrefixTable(prefixBits[k])
	}
	v.halves = make([]atomic.Uint64, v.size())
	for t := range token(v.size()) {
		start, end := v.span(t)
		n := end - start
		if n == 0 {
			continue
		}
		if n > maxInline {
			h := hash(v.bytes, start, n)
			v.filter.add(h)
			v.long.add(h, t, start, n)
		} else {
			key := scramble(inlineKey(v.bytes, start, n))
			v.filter.add(key)
			if !v.short.add(key, t) {
				return fmt.Errorf("no place for token %d: too many short ones", t)
			}
		}
		if n == 2 {
			v.couples[int(v.bytes[start])<<8|int(v.bytes[start+1])] = t
		}
		v.seams.add(v.bytes[start:end])
		v.runs.add(v.bytes[start:end], t)
		if n >= stems[0] {
			v.addPrefixes(v.bytes, start, n)
		}
		if n > maxListed && !slices.Contains(v.lengths, n) {
			v.lengths = append(v.lengths, n)
		}
	}
	slices.SortFunc(v.lengths, func(a, b int) int { return b - a })
	return nil
}
