package main

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// TestLiveOnlyOnATerminal: escapes have no business in a pipe or a file.
func TestLiveOnlyOnATerminal(t *testing.T) {
	for _, mode := range []string{"auto", "live", "plain"} {
		if got, plain := newProgress(mode, &bytes.Buffer{}, true), view.Plain(nil); reflect.TypeOf(got) != reflect.TypeOf(plain) {
			t.Errorf("%s is not plain without a terminal", mode)
		}
	}
}
