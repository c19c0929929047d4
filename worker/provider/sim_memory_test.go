package provider

import (
	"fmt"
	"testing"
)

func TestAttemptsForgetOldRequests(t *testing.T) {
	a := attempts{limit: 10}
	for range 2 {
		a.next(1)
	}
	for i := range 9 {
		a.next(uint64(100 + i))
	}
	if n := a.next(1); n != 2 {
		t.Errorf("9 requests later this is attempt %d, want 2", n)
	}
	for i := range 1000 {
		a.next(uint64(1000 + i))
	}
	if n := len(a.young) + len(a.old); n > 20 {
		t.Errorf("remembers %d requests, want at most 20", n)
	}
	if n := a.next(1); n != 0 {
		t.Errorf("1000 requests later this is attempt %d, want 0", n)
	}
}

func TestLexiconIsBounded(t *testing.T) {
	l := newLexicon(func(_, text string) int64 { return int64(len(text)) })
	for i := range 3 * maxLexemes {
		words := []word{{text: "same"}, {text: fmt.Sprint(i)}}
		l.price(fmt.Sprint("model", i%3), words)
		if words[0].cost != 5 || words[1].cost != int64(1+len(words[1].text)) {
			t.Fatalf("wrong costs: %v", words)
		}
	}
	size := 0
	for _, words := range l.costs {
		size += len(words)
	}
	if size > maxLexemes {
		t.Errorf("remembers %d words, want at most %d", size, maxLexemes)
	}
}
