package bpe

import (
	"context"
	"runtime"
	"strings"
)

// memories are what goroutines that count with one vocabulary share. There are at most maxMemories, and no more than
// could be in use at once; who finds none waits. So what counting takes is bounded however many count at the same
// time, and caches stay warm. Without a bound each of a thousand would fill 1.4 MB of its own, and throw it away.
type memories struct {
	idle   chan *memory
	unmade chan struct{} // one for each that may still be made
}

const maxMemories = 16

// newMemories is to be called when the package is initialised: in a test with virtual time, a channel that is made
// on first use would belong to that test alone.
func newMemories() *memories {
	n := min(runtime.GOMAXPROCS(0), maxMemories)
	s := &memories{make(chan *memory, n), make(chan struct{}, n)}
	for range n {
		s.unmade <- struct{}{}
	}
	return s
}

// borrow waits for a memory. The error is ctx's cause.
func (s *memories) borrow(ctx context.Context) (*memory, error) {
	select {
	case m := <-s.idle:
		return m, nil
	default:
	}
	select {
	case m := <-s.idle:
		return m, nil
	case <-s.unmade:
		return newMemory(), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *memories) giveBack(m *memory) {
	m.trim()
	m.done = nil
	s.idle <- m
}

// inTurns calls count with the bytes of text, one portion after the other, and with a memory that is count's until it
// returns. Others get theirs between two portions, so that a short text does not wait for a long one. If ctx ends
// first, the error is its cause, and what was counted is worth nothing.
func (e *Encoding) inTurns(ctx context.Context, text string, count func(m *memory, b []byte)) error {
	for text != "" {
		n := portion(text, turnBytes)
		if err := e.turn(ctx, text[:n], count); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func (e *Encoding) turn(ctx context.Context, text string, count func(m *memory, b []byte)) error {
	m, err := e.borrow(ctx)
	if err != nil {
		return err
	}
	defer e.giveBack(m)
	m.done = ctx.Done()
	count(m, m.valid(text))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// turnBytes is the least that is counted in a turn of a longer text: about a millisecond.
const turnBytes = 1 << 16

// portion returns the length of the first portion of text, about least: up to a space between two ASCII letters, where
// every pattern begins a piece, and what is before it has the same pieces if nothing follows. A text without one is
// one portion.
func portion(text string, least int) int {
	if len(text) <= 2*least {
		return len(text)
	}
	for i := least; ; i++ {
		n := strings.IndexByte(text[i:], ' ')
		if n < 0 {
			return len(text)
		}
		if i += n; i+1 < len(text) && asciiKinds[text[i-1]]&isLetter != 0 && asciiKinds[text[i+1]]&isLetter != 0 {
			return i
		}
	}
}
