package orchestrator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// graphOf reads tasks from lines such as "c < a b !2 $50": c depends on a and b, has priority 2 and costs 50
// tokens (100 if not said).
func graphOf(t *testing.T, lines ...string) []*node {
	t.Helper()
	cost := make(map[string]int64)
	var tasks []worker.Task
	for _, line := range lines {
		fields := strings.Fields(line)
		task := worker.Task{ID: fields[0]}
		cost[task.ID] = 100
		for _, f := range fields[1:] {
			switch f[0] {
			case '<':
			case '!':
				fmt.Sscan(f[1:], &task.Priority)
			case '$':
				n := int64(0)
				fmt.Sscan(f[1:], &n)
				cost[task.ID] = n
			default:
				task.DependsOn = append(task.DependsOn, f)
			}
		}
		tasks = append(tasks, task)
	}
	return graph(tasks, appraisal{most: tokensOf, first: func(t worker.Task) budget.Call {
		return budget.Call{Model: "m", Input: cost[t.ID]}
	}})
}

// tokensOf is the most that a call can be granted without prices.
func tokensOf(c budget.Call) budget.Amount { return budget.Amount{Tokens: c.Input + c.MaxOutput} }

func inOrder(nodes []*node) string {
	byRank := make([]string, len(nodes))
	for _, n := range nodes {
		byRank[n.rank] = n.task.ID
	}
	return strings.Join(byRank, " ")
}

func TestRank(t *testing.T) {
	for _, tc := range []struct {
		name  string
		tasks []string
		want  string
	}{
		{"file order among equals", []string{"c", "a", "b"}, "c a b"},
		{"priority first", []string{"a", "b !2", "c !1", "d !-1"}, "b c a d"},
		{"what is depended on first", []string{"b < a", "a"}, "a b"},
		{"the urgency of what it unlocks", []string{"x !1", "a", "b < a", "c < b !2"}, "a b c x"},
		{"urgency is not passed downwards", []string{"a !2", "b < a", "c !1"}, "a c b"},
		{"cheap ones first", []string{"a $300", "b $100", "c $200"}, "b c a"},
		{"one that unlocks much first", []string{"a", "b", "c < b $1", "d < b $1"}, "b c d a"},
		{"a cheap subtree before a dear one", []string{"a $10", "b < a $1000", "c $20", "d < c $20"}, "c d a b"},
		{"priority before density", []string{"a $1", "b !1 $9999"}, "b a"},
		{"nothing", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := inOrder(graphOf(t, tc.tasks...)); got != tc.want {
				t.Errorf("order %q, want %q", got, tc.want)
			}
		})
	}
}

// On random graphs the order is what its description says, worked out the slow way.
func TestRankIsAsDescribed(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var lines []string
		for i := range 1 + rng.IntN(12) {
			line := fmt.Sprintf("t%d !%d $%d", i, rng.IntN(3), 1+rng.IntN(3))
			for j := range i {
				if rng.IntN(4) == 0 {
					line += fmt.Sprint(" t", j)
				}
			}
			lines = append(lines, line)
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		nodes := graphOf(t, lines...)
		for _, n := range nodes {
			if want := slowPriority(n); n.priority != want {
				t.Fatalf("seed %d: %s has priority %d, want %d: %q", seed, n.task.ID, n.priority, want, lines)
			}
		}
		if got, want := inOrder(nodes), slowOrder(nodes); got != want {
			t.Fatalf("seed %d: order %s, want %s: %q", seed, got, want, lines)
		}
	}
}

// slowPriority is the greatest priority among n and all that need it.
func slowPriority(n *node) int {
	p := n.task.Priority
	for _, d := range n.dependents {
		p = max(p, slowPriority(d))
	}
	return p
}

// slowOrder begins, one after the other, the best of those whose dependencies are done.
func slowOrder(nodes []*node) string {
	var order []string
	done := make(map[*node]bool)
	for range nodes {
		var best *node
		for _, n := range nodes {
			free := !done[n]
			for _, up := range n.upstream {
				free = free && done[up]
			}
			if free && (best == nil || n.priority > best.priority || (n.priority == best.priority && n.density > best.density)) {
				best = n
			}
		}
		done[best] = true
		order = append(order, best.task.ID)
	}
	return strings.Join(order, " ")
}

func TestDensityIsTasksPerTokenOfTheSubtree(t *testing.T) {
	nodes := graphOf(t, "a $9", "b < a $19", "c < a $29", "d < b c $39")
	want := map[string]float64{
		"d": 1.0 / 40,
		"b": 1.5 / (20 + 20), // d's one task and 40 tokens are shared by b and c
		"c": 1.5 / (30 + 20),
		"a": 4.0 / (10 + 20 + 30 + 40),
	}
	got := make(map[string]float64)
	for _, n := range nodes {
		got[n.task.ID] = n.density
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a plan counts of upstream outputs: their caps, as often as the prompt takes them in.
func TestUpstreamOutputsCountAtTheirCaps(t *testing.T) {
	for _, tc := range []struct {
		prompt string
		want   int64
	}{
		{"no template: nothing is inserted", 10},
		{`{{output "a"}} and {{output "b"}}`, 10 + 300 + 50},
		{`{{output "a"}} and {{output "a"}} and {{output "b"}}`, 10 + 600 + 50},
		{"{{output `a`}} and {{output `b`}}", 10 + 300 + 50},
		{`{{output "\u0061"}}`, 10 + 300 + 50}, // not seen through: counted once each
	} {
		tasks := []worker.Task{{ID: "a", MaxOutput: 300}, {ID: "b", MaxOutput: 50}, {ID: "c", DependsOn: []string{"a", "b"}, Prompt: tc.prompt}}
		nodes := graph(tasks, appraisal{most: tokensOf, first: func(t worker.Task) budget.Call {
			return budget.Call{Model: "m", Input: 10, MaxOutput: t.MaxOutput}
		}})
		if got := nodes[2].first.Input; got != tc.want {
			t.Errorf("%s: %d tokens, want %d", tc.prompt, got, tc.want)
		}
	}
}

func TestWeightIsTokensOrTheMoneyThatIsScarcer(t *testing.T) {
	tokens, cost := int64(1000), budget.NanoUSD(500) // a nano-dollar is as scarce as two tokens
	for _, tc := range []struct {
		name  string
		whole budget.Limit
		of    budget.Amount
		want  float64
	}{
		{"no limit", budget.Limit{}, budget.Amount{Tokens: 9, Cost: 99}, 10},
		{"of tokens", budget.Limit{Tokens: &tokens}, budget.Amount{Tokens: 9, Cost: 99}, 10},
		{"of money", budget.Limit{Cost: &cost}, budget.Amount{Tokens: 9, Cost: 99}, 100},
		{"of both, money scarcer", budget.Limit{Tokens: &tokens, Cost: &cost}, budget.Amount{Tokens: 9, Cost: 9}, 20},
		{"of both, tokens scarcer", budget.Limit{Tokens: &tokens, Cost: &cost}, budget.Amount{Tokens: 29, Cost: 9}, 30},
	} {
		if got := (appraisal{whole: tc.whole}).weight(tc.of); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestTheFloorIsWhatBetterTasksNeed(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	nodes := make([]*node, 60)
	for i := range nodes {
		least := budget.Amount{Tokens: rng.Int64N(1000), Cost: budget.NanoUSD(rng.Int64N(1000))}
		more := budget.Amount{Tokens: rng.Int64N(500), Cost: budget.NanoUSD(rng.Int64N(500))}
		nodes[i] = &node{rank: i, least: least, most: least.Add(more)}
		if i%3 == 0 {
			nodes[i].task.Labels = []string{"third"}
		}
	}
	whole := budget.Amount{Tokens: 900, Cost: 800}
	f := newFloor(nodes, budget.Limit{Tokens: &whole.Tokens, Cost: &whole.Cost})
	for label, carry := range byLabel(nodes) {
		f.label(label, carry, f.whole)
	}
	fits := func(a budget.Amount) bool { return a.Tokens <= whole.Tokens && a.Cost <= whole.Cost }
	left := make(map[*node]bool)
	for range 2000 {
		n := nodes[rng.IntN(len(nodes))]
		if left[n] = rng.IntN(2) == 0; left[n] {
			f.leave(n)
		} else {
			f.enter(n)
		}
		rank := rng.IntN(len(nodes) + 1)
		var want, labelled budget.Amount
		for _, b := range nodes[:rank] {
			var share budget.Amount
			switch {
			case left[b] || !fits(b.least):
			case !fits(b.most):
				share = b.least
			default:
				share = b.most
			}
			want = want.Add(share)
			if b.rank%3 == 0 {
				labelled = labelled.Add(share)
			}
		}
		if got := f.before(rank); got != want {
			t.Fatalf("before %d: %v, want %v", rank, got, want)
		}
		if got := f.labels["third"].before(rank); got != labelled {
			t.Fatalf("of a label, before %d: %v, want %v", rank, got, labelled)
		}
	}
}

func TestReadyTasksOfABusyWorkerStandInNobodysWay(t *testing.T) {
	r := make(ready)
	for i, w := range []string{"busy", "busy", "", "free", "busy", ""} {
		r.push(&node{task: worker.Task{ID: fmt.Sprint(i)}, lane: worker.Lane{Worker: w}, rank: i})
	}
	var got []string
	free := func(l worker.Lane) bool { return l.Worker != "busy" }
	for n := r.pop(free); n != nil; n = r.pop(free) {
		got = append(got, n.task.ID)
	}
	if diff := cmp.Diff([]string{"2", "3", "5"}, got); diff != "" {
		t.Error(diff)
	}
}
