package tokenizer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

func TestCountingAllocatesNothingWhenWarm(t *testing.T) {
	for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "claude-opus-5", "gemini-2.5-pro"} {
		c := For(model)
		for _, s := range texttest.Samples() {
			c.Count(s.Text)
			if n := testing.AllocsPerRun(3, func() { c.Count(s.Text) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", model, s.Name, n)
			}
		}
	}
}

func TestCountersMayBeShared(t *testing.T) {
	c, all := For("gpt-4o"), texttest.Samples()
	want := make([]int64, len(all))
	for i, s := range all {
		want[i] = c.Count(s.Text).Tokens
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range all {
				i = (i + 7*g) % len(all)
				if got := c.Count(all[i].Text).Tokens; got != want[i] {
					t.Errorf("%s: %d, alone %d", all[i].Name, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestCountContext(t *testing.T) {
	why := errors.New("the run was aborted")
	for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "claude-opus-5", "gemini-2.5-pro", "house-7b"} {
		c := For(model)
		for _, tt := range texttest.Long {
			if n, err := c.CountContext(t.Context(), tt.Text); err != nil || n != c.Count(tt.Text) {
				t.Errorf("%s, %s: %+v, %v", model, tt.Name, n, err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(why)
			if n, err := c.CountContext(ctx, tt.Text); !errors.Is(err, why) || n != (Count{}) {
				t.Errorf("%s, %s, aborted: %+v, %v", model, tt.Name, n, err)
			}
		}
	}
}

// A test with virtual time may be the first to count, and others go on.
func TestCountingInAndOutOfVirtualTime(t *testing.T) {
	for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "davinci"} {
		synctest.Test(t, func(*testing.T) { For(model).Count("hello") })
		For(model).Count("hello")
	}
}
