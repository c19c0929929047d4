package orchestrator

import "github.com/orchestrate-go/orchestrate/worker"

// fence bounds how many tasks of one group run at once ([worker.Task.MaxParallel]). The nil fence bounds nothing.
type fence struct{ running, most int }

func (f *fence) open() bool { return f == nil || f.running < f.most }

func (f *fence) enter() {
	if f != nil {
		f.running++
	}
}

func (f *fence) leave() {
	if f != nil {
		f.running--
	}
}

// fences are those of groups, by their names. The least bound that a task of a group says is the group's.
type fences map[string]*fence

func (f fences) of(t worker.Task) *fence {
	if t.MaxParallel <= 0 || t.Group == "" {
		return nil
	}
	if f[t.Group] == nil {
		f[t.Group] = &fence{most: t.MaxParallel}
	}
	f[t.Group].most = min(f[t.Group].most, t.MaxParallel)
	return f[t.Group]
}
