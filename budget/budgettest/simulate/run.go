package simulate

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// perSeed is the number of steps that are taken with one seed, on books of their own.
const perSeed = 500

// Run takes steps in a simulation of manager and ledger, seed by seed. Each call of open returns an empty
// ledger and closes it when the test ends; nil stands for managers without one. Reopen closes a ledger and
// opens the same books again, as the next owner would; nil stands for a ledger that needs no reopening.
//
// SIM_STEPS in the environment takes the place of steps, and SIM_SEED replays one seed only.
func Run(t *testing.T, steps int, open func(*testing.T) budgettest.Ledger, reopen func(*testing.T, budgettest.Ledger) budgettest.Ledger) {
	t.Helper()
	steps = int(number(t, "SIM_STEPS", uint64(steps)))
	first, last := uint64(1), uint64((steps+perSeed-1)/perSeed)
	if seed := number(t, "SIM_SEED", 0); seed != 0 {
		first, last = seed, seed
	}
	tally := make(map[string]int)
	defer func() { t.Logf("seeds %d to %d: %v", first, last, tally) }()
	for seed := first; seed <= last; seed++ {
		g := game{t: t, seed: seed, open: open, reopen: reopen, tally: tally}
		n, err := g.play(min(perSeed, steps), nil)
		if err == nil {
			continue
		}
		skip, trace, err := g.shrink(n, err)
		t.Fatalf("seed %d, step %d: %v\nreplay: SIM_SEED=%d go test -run '^%s$' .\nthe %d steps that it takes:\n%s",
			seed, n, err, seed, t.Name(), n-len(skip), strings.Join(trace, "\n"))
	}
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// game plays one seed, as often as it takes.
type game struct {
	t      *testing.T
	seed   uint64
	open   func(*testing.T) budgettest.Ledger
	reopen func(*testing.T, budgettest.Ledger) budgettest.Ledger
	trace  []string
	tally  map[string]int
}

// play takes the steps that are not skipped and drains what is left. It returns how many steps were taken
// until the error, if there is one.
func (g *game) play(steps int, skip map[int]bool) (n int, err error) {
	synctest.Test(g.t, func(t *testing.T) {
		var w *world
		if g.open == nil {
			w = newWorld(g.seed, nil, nil)
		} else {
			w = newWorld(g.seed, g.open(t), func(s budgettest.Ledger) budgettest.Ledger {
				if g.reopen == nil {
					return s
				}
				return g.reopen(t, s)
			})
		}
		n, err = w.play(steps, skip)
		g.trace = w.trace
		for what, n := range w.tally {
			g.tally[what] += n
		}
	})
	return n, err
}

func (w *world) play(steps int, skip map[int]bool) (n int, err error) {
	defer func() {
		if w.manager != nil {
			w.crash()
		}
	}()
	if err := w.history(); err != nil {
		return 0, err
	}
	if err := w.begin(w.first()); err != nil {
		return 0, err
	}
	for n = range steps {
		if skip[n] {
			continue
		}
		if err := w.step(n); err != nil {
			return n + 1, err
		}
	}
	return steps, w.drain()
}

// shrink leaves out the steps before n, in ever smaller parts, as long as something still goes wrong. Each
// step has random numbers of its own, so that the others stay what they are.
func (g *game) shrink(n int, err error) (map[int]bool, []string, error) {
	skip := make(map[int]bool)
	trace := g.trace
	for size := n / 2; size > 0; size /= 2 {
		for from := 0; from < n; from += size {
			var added []int
			for i := from; i < min(n, from+size); i++ {
				if !skip[i] {
					skip[i] = true
					added = append(added, i)
				}
			}
			if len(added) == 0 {
				continue
			}
			if _, e := g.play(n, skip); e != nil {
				err, trace = e, g.trace
				continue
			}
			for _, i := range added {
				delete(skip, i)
			}
		}
	}
	return skip, trace, err
}
