package orchestrator

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/worker"
)

// Of a group at most so many run at once, in whatever order its tasks stand; the slots that it leaves are for others.
func TestAGroupRunsSoManyAtOnce(t *testing.T) {
	for _, most := range []int{1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			var tasks []worker.Task
			for i := range 12 {
				tasks = append(tasks, worker.Task{ID: fmt.Sprint("g", i), Prompt: "p", Priority: 1, Group: "g", MaxParallel: most})
			}
			for i := range 12 {
				tasks = append(tasks, worker.Task{ID: fmt.Sprint("x", i), Prompt: "p"})
			}
			running, highest, all, busiest := 0, 0, 0, 0
			turn := make(chan struct{}, 1)
			turn <- struct{}{}
			count := func(task worker.Task, by int) {
				<-turn
				all += by
				busiest = max(busiest, all)
				if task.Group != "" {
					running += by
					highest = max(highest, running)
				}
				turn <- struct{}{}
			}
			p := play(t, func(o *Options) {
				o.Workers = []Slots{{Name: "w", Model: "m", Concurrency: 8, Worker: worker.Func(func(_ context.Context, task worker.Task) (worker.Result, error) {
					count(task, 1)
					time.Sleep(time.Second)
					count(task, -1)
					return worker.Result{Output: "out"}, nil
				})}}
			}, tasks...)
			if want := min(most, 8); highest != want {
				t.Errorf("%d of the group ran at once, want %d", highest, want)
			}
			if busiest != 8 {
				t.Errorf("%d of 8 slots were used at most", busiest)
			}
			if p.summary.Counts[Done] != 24 {
				t.Errorf("%+v", p.summary)
			}
		})
	}
}
