package orchestrator

import (
	"container/heap"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// node is a task in the graph of a run. The run loop owns it.
type node struct {
	task       worker.Task
	index      int         // in the task file
	upstream   []*node     // what it depends on
	dependents []*node     // what depends on it
	waits      int         // tasks it still waits for
	lane       worker.Lane // the workers it may go to

	first    budget.Call   // what its first call will ask for, upstream outputs counted at their caps
	inserted int64         // the part of its input that is upstream outputs
	most     budget.Amount // what first can be granted: with its whole output cap,
	least    budget.Amount // or clamped as far as it may be
	priority int           // its own or that of the most urgent task that needs it
	density  float64       // tasks unlocked for what they may take of the budget
	rank     int           // its place in the order, 0 first; see rank

	undecided bool          // whether an earlier result is its own shows once upstream outputs are in its prompt
	expanded  bool          // upstream outputs are in its prompt
	estimates []estimate    // at each worker that was asked
	onFloor   bool          // counted in the run's floor
	promise   budget.Amount // the most that its first call can be granted, once it was begun
	short     bool          // a slot is free for it, and the budget could not pay when it was last considered
	bypassed  int           // how often others went first while it was short
	last      bool          // to begin when the others had their chance
	forbidden bool          // it met a 403 that does not say whom it means
	attempts  int           // made so far at providers that refused them
	result    *Result
}

// appraisal says what tasks mean to the budget.
type appraisal struct {
	first func(worker.Task) budget.Call   // what a task's first call asks for, as far as is known
	most  func(budget.Call) budget.Amount // the most that a call can be granted
	whole budget.Limit                    // all that there is
}

// graph links the tasks and ranks them. The tasks have been checked: ids are unique, dependencies exist,
// there is no cycle.
func graph(tasks []worker.Task, a appraisal) []*node {
	nodes := make([]*node, len(tasks))
	byID := make(map[string]*node, len(tasks))
	for i, t := range tasks {
		nodes[i] = &node{task: t, index: i, priority: t.Priority, first: a.first(t)}
		byID[t.ID] = nodes[i]
	}
	for _, n := range nodes {
		for _, id := range n.task.DependsOn {
			up := byID[id]
			up.dependents = append(up.dependents, n)
			n.upstream = append(n.upstream, up)
			n.waits++
		}
	}
	for _, n := range topological(nodes) {
		for _, up := range n.upstream {
			n.inserted += uses(n.task, up.task.ID) * up.first.MaxOutput
		}
		n.first.Input += n.inserted
		clamped := n.first
		clamped.MaxOutput = clamped.MinOutput
		n.most, n.least = a.most(n.first), a.most(clamped)
	}
	rank(nodes, a.weight)
	return nodes
}

// weight is how much of the budget an amount is: its tokens or, where money is the scarcer or the only
// limit, that.
func (a appraisal) weight(amount budget.Amount) float64 {
	tokens, cost := float64(amount.Tokens+1), float64(amount.Cost+1) // even nothing takes a place
	switch {
	case a.whole.Cost == nil:
		return tokens
	case a.whole.Tokens == nil:
		return cost
	}
	perCost := float64(max(1, *a.whole.Tokens)) / float64(max(1, *a.whole.Cost))
	return max(tokens, cost*perCost)
}

// uses is how often the output of task id stands in t's prompt. A template that does not name it in so many
// words is taken to use it once.
func uses(t worker.Task, id string) int64 {
	if t.Request != nil || !strings.Contains(t.Prompt, "{{") {
		return 0
	}
	return int64(max(1, strings.Count(t.Prompt, strconv.Quote(id))+strings.Count(t.Prompt, "`"+id+"`")))
}

// topological returns the nodes so that each comes after what it depends on: of those that can come next,
// the one of the best rank so far.
func topological(nodes []*node) []*node {
	waits := make([]int, len(nodes))
	var next queue
	for i, n := range nodes {
		waits[i] = n.waits
		if n.waits == 0 {
			heap.Push(&next, n)
		}
	}
	order := make([]*node, 0, len(nodes))
	for next.Len() > 0 {
		n := heap.Pop(&next).(*node)
		order = append(order, n)
		for _, d := range n.dependents {
			if waits[d.index]--; waits[d.index] == 0 {
				heap.Push(&next, d)
			}
		}
	}
	return order
}
