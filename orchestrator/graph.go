package orchestrator

import (
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// node is a task in the graph of a run. The run loop owns it.
type node struct {
	task       *worker.Task // in the run's list, or its own copy once upstream outputs are in the prompt
	index      int          // in the task file
	upstream   []*node      // what it depends on
	uses       []int        // how often the output of each of those stands in its prompt; nil where none does
	dependents []*node      // what depends on it
	waits      int          // tasks it still waits for
	lane       worker.Lane  // the workers it may go to
	fence      *fence       // of its group

	first    budget.Call   // what its first call will ask for, upstream outputs counted at their caps
	inserted int64         // the part of its input that is upstream outputs
	likely   int64         // what is expected of that part
	most     budget.Amount // what first can be granted: with its whole output cap,
	least    budget.Amount // or clamped as far as it may be
	priority int           // its own or that of the most urgent task that needs it
	worth    float64       // of finishing it

	group    *group        // tasks whose answers are alike in length
	output   int64         // that is expected of it, in tokens, or that it gave
	expected budget.Amount // what it is expected to be charged
	reserve  budget.Amount // what its hold takes beside that: room that has to be there and comes back
	planned  bool          // to run with what is left: see plan
	rank     int           // its place among the planned ones, 0 first
	key      float64       // what ranks it among the others, the largest first
	stamp    int32         // of its key
	seq      int32         // its place among those that have not begun, as the plan was drawn
	mark     int           // the last walk that met it
	missing  worthCost     // of it and of what it needs that is not planned yet, as far as is known
	counted  budget.Amount // what the pools count for it, zero once it has begun

	undecided bool          // whether an earlier result is its own shows once upstream outputs are in its prompt
	expanded  bool          // upstream outputs are in its prompt
	estimates []estimate    // at each worker that was asked
	inPools   bool          // counted in the run's pools: it has not begun
	promise   budget.Amount // the most that its first call can be granted, once it was begun
	short     bool          // a slot is free for it, and the budget could not pay when it was last considered
	bypassed  int           // how often others went first while it was short
	left      bool          // not of this part of the run
	last      bool          // to begin when the others had their chance
	forbidden bool          // it met a 403 that does not say whom it means
	attempts  int           // made so far at providers that refused them
	crew      *crew         // at which it was begun last
	begun     time.Time     // when
	since     time.Time     // it has been held back for the budget's sake; the zero time if it has not
	heldBack  time.Duration // before it was begun
	known     int64         // changes of the budget that were known then
	lacked    bool          // the budget of all could not pay for it, or for what it depends on
	lowered   int64         // the output cap that it was begun with where that is not the declared one, else 0
	recut     *Result       // what its first try came to where its cap was lowered and cut it
	fate      *fate         // while it is postponed: what it ends with if no more budget comes
	result    *kept
}

// open reports whether n has neither begun nor ended.
func (n *node) open() bool { return n.inPools && n.result == nil }

// appraisal says what tasks mean to the budget.
type appraisal struct {
	first func(worker.Task) budget.Call   // what a task's first call asks for, as far as is known
	most  func(budget.Call) budget.Amount // the most that a call can be granted
	worth func(worker.Task) float64       // of finishing a task
}

// graph links the tasks. They have been checked: ids are unique, dependencies exist, there is no cycle. Each node comes
// after those that it depends on.
func graph(tasks []worker.Task, a appraisal, fences fences) (nodes, order []*node) {
	nodes = make([]*node, len(tasks))
	byID := make(map[string]*node, len(tasks))
	for i := range tasks {
		nodes[i] = newNode(&tasks[i], a, fences)
		nodes[i].index = i
		byID[tasks[i].ID] = nodes[i]
	}
	for _, n := range nodes {
		for _, id := range n.task.DependsOn {
			up := byID[id]
			up.dependents = append(up.dependents, n)
			n.upstream = append(n.upstream, up)
			n.waits++
		}
	}
	order = topological(nodes)
	for _, n := range order {
		n.insert(a.most)
	}
	for i := len(order) - 1; i >= 0; i-- {
		for _, up := range order[i].upstream {
			up.priority = max(up.priority, order[i].priority)
		}
	}
	return nodes, order
}

// newNode is a task that is linked with no other yet.
func newNode(t *worker.Task, a appraisal, fences fences) *node {
	return &node{task: t, priority: t.Priority, worth: a.worth(*t), first: a.first(*t), fence: fences.of(*t)}
}

// insert counts the outputs that stand in n's prompt, at their caps, to what its first call asks for.
func (n *node) insert(most func(budget.Call) budget.Amount) {
	n.uses, n.inserted = uses(*n.task), 0
	for i, times := range n.uses {
		n.inserted += int64(times) * n.upstream[i].first.MaxOutput
	}
	n.first.Input += n.inserted
	n.bound(most)
}

// bound works out what n's first call can be granted.
func (n *node) bound(most func(budget.Call) budget.Amount) {
	clamped := n.first
	clamped.MaxOutput = clamped.MinOutput
	n.most, n.least = most(n.first), most(clamped)
}

// uses is how often the output of each task that t depends on stands in its prompt; nil if none does. One that a template
// does not name in so many words is taken to stand there once.
func uses(t worker.Task) []int {
	if t.Request != nil || len(t.DependsOn) == 0 || !strings.Contains(t.Prompt, "{{") {
		return nil
	}
	named := quoted(t.Prompt)
	for group, ids := range t.Gathers {
		for _, id := range ids {
			named[id] += named[group]
		}
	}
	times := make([]int, len(t.DependsOn))
	for i, id := range t.DependsOn {
		times[i] = max(1, named[id])
	}
	return times
}

// quoted counts the strings that stand in quotation marks in the actions of a template, as its author wrote them.
func quoted(template string) map[string]int {
	count := make(map[string]int)
	for {
		_, rest, found := strings.Cut(template, "{{")
		if !found {
			return count
		}
		var action string
		action, template, _ = strings.Cut(rest, "}}")
		for i := strings.IndexAny(action, "\"`"); i >= 0; i = strings.IndexAny(action, "\"`") {
			text, after, closed := strings.Cut(action[i+1:], action[i:i+1])
			if !closed {
				break
			}
			count[text]++
			action = after
		}
	}
}

// topological returns the nodes so that each comes after what it depends on.
func topological(nodes []*node) []*node {
	waits := make([]int, len(nodes))
	order := make([]*node, 0, len(nodes))
	for i, n := range nodes {
		if waits[i] = len(n.upstream); waits[i] == 0 {
			order = append(order, n)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, d := range order[i].dependents {
			if waits[d.index]--; waits[d.index] == 0 {
				order = append(order, d)
			}
		}
	}
	return order
}
