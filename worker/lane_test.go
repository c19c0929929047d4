package worker_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A task goes where its model is known, whoever else is idle.
func TestLanes(t *testing.T) {
	has := func(model string) bool { return model == "gpt-4o" || model == "llama3.1" }
	for _, tc := range []struct {
		name string
		task worker.Task
		want worker.Lane
	}{
		{"any", worker.Task{}, worker.Lane{}},
		{"a worker", worker.Task{Worker: "b"}, worker.Lane{Worker: "b"}},
		{"a worker's model", worker.Task{Model: "gpt-4o"}, worker.Lane{Model: "gpt-4o"}},
		{"a request's model", worker.Task{Request: &wire.Request{Model: "gpt-4o"}}, worker.Lane{Model: "gpt-4o"}},
		{"a worker and another's model", worker.Task{Worker: "b", Model: "gpt-4o"}, worker.Lane{Worker: "b"}},
		{"a model that no worker has", worker.Task{Model: "gpt-4o-mini"}, worker.Lane{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := worker.LaneOf(tc.task, has); got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestLanesTakeWorkers(t *testing.T) {
	for _, tc := range []struct {
		lane  worker.Lane
		takes string
	}{
		{worker.Lane{}, "a/m b/m b/n"},
		{worker.Lane{Worker: "b"}, "b/m b/n"},
		{worker.Lane{Model: "m"}, "a/m b/m"},
		{worker.Lane{Worker: "b", Model: "m"}, "b/m"},
	} {
		var got []string
		for _, w := range []string{"a/m", "b/m", "b/n"} {
			if name, model, _ := strings.Cut(w, "/"); tc.lane.Takes(name, model) {
				got = append(got, w)
			}
		}
		if strings.Join(got, " ") != tc.takes {
			t.Errorf("%+v takes %v, want %s", tc.lane, got, tc.takes)
		}
	}
}
