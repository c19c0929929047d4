package tasks

import (
	"fmt"
	"strings"
)

// cycles takes away tasks whose dependencies are all taken away. Whoever stays is in a circle or waits for
// one: following dependencies that stayed leads into it.
func (c *taskCheck) cycles() {
	stays := c.unfinishable()
	seen := make([]int, len(c.tasks)) // the walk that came by, from 1
	for i := range c.tasks {
		if !stays[i] || seen[i] != 0 {
			continue
		}
		var walk []int
		at := i
		for seen[at] == 0 {
			seen[at] = i + 1
			walk = append(walk, at)
			at = c.nextStaying(at, stays)
		}
		if seen[at] == i+1 { // not one that an earlier walk has reported
			c.reportCycle(walk, at)
		}
	}
}

// unfinishable marks the tasks that can never start.
func (c *taskCheck) unfinishable() []bool {
	waits := make([]int, len(c.tasks))
	dependents := make([][]int, len(c.tasks))
	var free []int
	for i, t := range c.tasks {
		for _, dep := range t.DependsOn {
			if j, ok := c.upstream(i, dep); ok {
				waits[i]++
				dependents[j] = append(dependents[j], i)
			}
		}
		if waits[i] == 0 {
			free = append(free, i)
		}
	}
	stays := make([]bool, len(c.tasks))
	for i := range stays {
		stays[i] = true
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		stays[i] = false
		for _, d := range dependents[i] {
			if waits[d]--; waits[d] == 0 {
				free = append(free, d)
			}
		}
	}
	return stays
}

func (c *taskCheck) nextStaying(i int, stays []bool) int {
	for _, dep := range c.tasks[i].DependsOn {
		if j, ok := c.upstream(i, dep); ok && stays[j] {
			return j
		}
	}
	panic("tasks: a task that waits for nothing was left over")
}

// reportCycle reports the end of walk that comes back to closes, from its first task in the file.
func (c *taskCheck) reportCycle(walk []int, closes int) {
	for walk[0] != closes {
		walk = walk[1:]
	}
	least := 0
	for k, i := range walk {
		if i < walk[least] {
			least = k
		}
	}
	const shown = 8
	var path []string
	for k := range min(len(walk), shown) {
		path = append(path, c.tasks[walk[(least+k)%len(walk)]].ID)
	}
	if len(walk) > shown {
		path = append(path, fmt.Sprintf("... (%d tasks)", len(walk)))
	}
	start := walk[least]
	path = append(path, c.tasks[start].ID)
	c.report(start, "depends_on", "tasks depend on each other: "+strings.Join(path, " -> "), "leave one of these dependencies out")
}
