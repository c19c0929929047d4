package budgettest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Many entries, and many at once.

func testRandom(t *testing.T, s *suite) {
	for seed := range uint64(5) {
		entries := NewBooks(fmt.Sprint("seed", seed), seed).Take(200)
		for len(entries) > 0 {
			n := min(1+int(seed)*2, len(entries))
			s.append(entries[:n]...)
			entries = entries[n:]
		}
		s.check()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func testConcurrent(t *testing.T, s *suite) {
	const goroutines, each = 64, 10
	all := make([][]budget.Entry, goroutines)
	var wg sync.WaitGroup
	for g := range all {
		all[g] = NewBooks(fmt.Sprint("g", g), uint64(g)).Take(each)
		wg.Go(func() {
			for i := 0; i < each; i += 2 {
				if err := s.store.Append(context.Background(), all[g][i:i+2]...); err != nil {
					t.Errorf("Append: %v", err)
				}
			}
		})
	}
	for range 20 {
		checkMoment(t, s.load())
	}
	wg.Wait()
	got := make(map[string][]budget.Entry)
	for _, e := range s.entries() {
		g, _, _ := strings.Cut(e.ID, "-")
		got[g] = append(got[g], e)
	}
	for g := range all {
		if diff := gocmp.Diff(all[g], got[fmt.Sprint("g", g)]); diff != "" {
			t.Errorf("goroutine %d (-appended +read):\n%s", g, diff)
		}
	}
}

// checkMoment checks that what was loaded while others append is of one moment: the open holds are what the
// total of the period holds.
func checkMoment(t *testing.T, state budget.State) {
	t.Helper()
	var open budget.Amount
	for _, e := range state.Open {
		if e.Period == state.Period.ID {
			open = open.Add(e.Hold)
		}
	}
	total := budget.Account{Period: state.Period.ID, Scope: budget.Total}
	if held := state.Totals[total].Held; held != open {
		t.Errorf("period %d holds %v, its open holds are %v", state.Period.ID, held, open)
	}
}
