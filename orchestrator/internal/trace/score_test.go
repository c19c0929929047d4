package trace_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/trace"
)

var seeds = flag.Uint64("trace.seeds", 1, "how many files of each kind TestScore plays")

// regime is a kind of file, and a budget for it.
type regime struct {
	size    int
	loose   bool
	share   float64 // of the true cost of all tasks
	history bool    // the books know tasks like these, and caps are lowered to what they needed

	worth float64 // that has to be finished, of the optimum or its bound: a little less than what is reached
	goal  float64
}

var regimes = []regime{
	{16, true, .15, false, .90, .975}, {16, true, .40, false, .88, .965}, {16, true, .70, false, .84, .95},
	{16, false, .15, false, .90, .96}, {16, false, .40, false, .84, .945}, {16, false, .70, false, .89, .965},
	{180, true, .15, false, .85, .87}, {180, true, .40, false, .90, .95}, {180, true, .70, false, .95, .98},
	{180, true, .15, true, .85, .92}, {180, true, .40, true, .92, .97}, {180, true, .70, true, .96, .985},
	{180, false, .15, false, .85, .87}, {180, false, .40, false, .92, .95}, {180, false, .70, false, .96, .98},
}

// score is the mean of what the seeds of a regime came to.
type score struct {
	worth, simple, top, topOf, took, busy, cuts, spent float64
	errors, medians                                    []float64
	early                                              int
}

// TestScore plays each regime, tells what came of it, and fails where it is clearly less than it was.
func TestScore(t *testing.T) {
	t.Log("tasks caps  budget history  worth (goal)  simple   top   time/greedy  busy   cuts  error/median's")
	for _, r := range regimes {
		s := r.play(t)
		caps := map[bool]string{true: "loose", false: "snug"}[r.loose]
		median := func(list []float64) float64 { slices.Sort(list); return list[len(list)/2] }
		t.Logf("%5d %-5s %4.0f%%  %-7v  %.3f (%.3f)  %.3f  %.3f   %.2f        %.2f  %.4f  %.2f",
			r.size, caps, 100*r.share, r.history, s.worth, r.goal, s.simple, s.top/max(1, s.topOf), s.took, s.busy, s.cuts,
			median(s.errors)/max(1e-9, median(s.medians)))
		if s.worth < r.worth {
			t.Errorf("only %.3f of the worth, %.3f before", s.worth, r.worth)
		}
		if s.early > 0 {
			t.Errorf("%d tasks were deferred whose hold still fitted", s.early)
		}
		if s.spent > 1 {
			t.Errorf("%.3f of the limit was spent", s.spent)
		}
	}
}

func (r regime) play(t *testing.T) (s score) {
	n := float64(*seeds) * float64(len(trace.Shapes))
	var simple [2]float64
	for _, shape := range trace.Shapes {
		for seed := range *seeds {
			p := trace.New(seed, shape, r.loose, r.size)
			limit := int64(r.share * float64(p.Cost()))
			best := p.Bound(limit)
			if r.size <= trace.MaxExact {
				best = p.BestHeld(limit)
			}
			got := play(t, p, limit, func(o *orchestrator.Options) {
				if r.history {
					o.OutputCap, o.History = orchestrator.CapHistory, history(p)
				}
			})
			s.worth += share(got.worth, best) / n
			s.top, s.topOf = s.top+float64(got.top), s.topOf+float64(got.topOf)
			s.took += got.took / max(1, p.Greedy(limit).Seconds()) / n
			s.busy, s.cuts = s.busy+got.busy/n, s.cuts+float64(got.cuts)/n/float64(r.size)
			s.errors, s.medians = append(s.errors, got.errors...), append(s.medians, got.medians...)
			s.early += got.early
			s.spent = max(s.spent, got.spent)
			for i, policy := range []orchestrator.Policy{orchestrator.ByPriority, orchestrator.ByPlace} {
				simple[i] += share(play(t, p, limit, func(o *orchestrator.Options) { o.Policy = policy }).worth, best) / n
			}
		}
	}
	s.simple = slices.Max(simple[:])
	return s
}

// share is what of the best was reached: all of it where there is none.
func share(got, best float64) float64 {
	if best == 0 {
		return 1
	}
	return got / best
}
