package orchestrator

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Slots registers a worker for a run.
type Slots struct {
	Name        string // unique; tasks may ask for it, limits may name it
	Worker      worker.Worker
	Concurrency int    // tasks at once, at most; 0 is 1
	Start       int    // tasks at once in the beginning, more as they are done; 0 is Concurrency
	Provider    string // workers of one provider stop together when it refuses every call
	Model       string // what the worker asks about tasks that name none: they reach it with this; "" leaves it to the worker
}

// Options describes a run.
type Options struct {
	Manager *budget.Manager
	Workers []Slots
	Tasks   []worker.Task // checked as tasks.Check does
	Run     string        // the run's id; "" is one of its own, see [NewRunID]
	Limit   budget.Limit  // of the run's scope, beside the manager's, for as long as Run takes

	// Earlier holds the results of earlier parts of this run, in the order of the books. A task that asks what a
	// finished one answered takes it over and is not done again, whatever its place in the file is now; see
	// [Result.Digest]. Found holds finished results that the books do not have: they are entered when a task takes
	// them over.
	Earlier, Found []Result

	// KeepChanged lets tasks keep their results although they ask something else now.
	KeepChanged bool

	// OnResumed is called once, before anything is begun, with what earlier parts of the run left. An error ends
	// the run. May be nil.
	OnResumed func(Resumed) error

	// DiscardOutputs keeps outputs out of the books. A resumed run then lacks those that Earlier does not hold:
	// tasks whose prompts need one of them fail.
	DiscardOutputs bool

	// KeepOutput, where outputs are kept out of the books, makes one durable elsewhere before they say that its
	// task is done, and returns in which file ("" for none). It is called from many goroutines at once. The result
	// of a task whose output cannot be kept is not booked: the run ends, and the task is asked again when it is
	// resumed. Where the books could not take a result with its output, that is given here, too, to be among Found
	// when the run is resumed. May be nil.
	KeepOutput func(Result) (file string, err error)

	// Last holds tasks that are not begun while others have not had their chance: those whose [Result] in an
	// earlier part of the run was Forbidden.
	Last map[string]bool

	// Policy is by what the tasks are ordered; "" is [ByValue].
	Policy Policy

	// Worth is what priorities are worth; see [worker.Worth]. May be nil.
	Worth map[int]float64

	// History is what earlier runs say of tasks like these: expectations begin with it. It is not changed. May be nil.
	History History

	// Only holds the tasks to do in this part of the run, nil all; what they depend on is done, too. The others are left
	// without a result.
	Only map[string]bool

	// Again holds tasks that are asked again although they have an answer.
	Again map[string]bool

	// OnDeferred is what becomes of the run when only tasks are left that the budget cannot pay for; "" is [EndDeferred].
	OnDeferred OnDeferred

	// MaxRunTime is how long tasks are begun; what has not by then is deferred. 0 is for ever.
	MaxRunTime time.Duration

	// MaxCalls is the most calls that a task may be charged for, over all parts of the run: one that wants more is
	// exhausted. 0 is any number.
	MaxCalls int

	// Zone is where deadlines that are times of day are told; nil is time.Local.
	Zone *time.Location

	// OutputCap is which output caps are sent; "" is [CapDeclared].
	OutputCap OutputCap

	// Control lets other goroutines look into the run and hold it. It is for one run alone. May be nil.
	Control *Control

	// Gates are those of the workers' providers, for events about them, and so that no task waits at one once
	// the run is to stop. May be nil.
	Gates Gates

	// Drain, once closed, stops dispatch; tasks that are running go on to their end. To abort those too,
	// cancel the context.
	Drain <-chan struct{}

	// OnResult is called with each task's result, in the order of ending, by one goroutine. The result of a
	// task that was begun is durable by then; those of the others, which cost nothing, are written together
	// when the run ends. A task that takes over an earlier result only when it knows the outputs in its prompt
	// comes with that. An error ends the run like a drain, and Run returns it. May be nil.
	OnResult func(Result) error

	// OnEvent is called when something happened that a progress display shows, by the same goroutine.
	OnEvent func(Event)

	Logger *slog.Logger // nil is slog.Default()
}

// Gates pause providers: *middleware.Gates.
type Gates interface {
	// Paused returns what is paused now, and a channel that is closed when that changes.
	Paused() ([]wire.Pause, <-chan struct{})

	// Stop makes those who wait, now or later, fail with a *wire.PausedError.
	Stop()
}

// NewRunID returns a run id that no other run has: time first, so that they sort.
func NewRunID() string {
	return time.Now().UTC().Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// Summary is what a run came to.
type Summary struct {
	Run         string          `json:"run"`
	Counts      map[Outcome]int `json:"counts"`
	Total       int             `json:"total"`
	Cut         int             `json:"cut"`             // of those done, answers that the output cap cut
	Resumed     int             `json:"resumed"`         // tasks that were finished before
	Left        int             `json:"left,omitempty"`  // tasks that are not of this part of the run
	Short       *Short          `json:"short,omitempty"` // what the budget of all lacked
	Unavailable []string        `json:"unavailable,omitempty"`
	NoModel     []string        `json:"no_model,omitempty"` // workers whose model is not there
	Causes      []Cause         `json:"causes,omitempty"`   // why tasks are not done, the most frequent first
	Providers   int             `json:"-"`                  // how many providers the workers use
	Interrupted bool            `json:"interrupted,omitempty"`
	Started     time.Time       `json:"started"`
	Ended       time.Time       `json:"ended"`
}

// Run does the tasks and returns when all of them have a result. It returns an error when the run could
// not go on: the books could not be written, or OnResult failed. Tasks without a budget, a provider or an
// upstream output are results, not errors. Cancelling ctx aborts the running tasks; their attempts are
// settled all the same. A task's own limit is in force while Run goes on, beside the manager's for its scope: the
// narrower of the two holds.
func Run(ctx context.Context, o Options) (Summary, error) {
	defer o.Control.end()
	l, err := newRun(ctx, o)
	if err != nil {
		return Summary{}, err
	}
	defer func() { l.restore() }() // which grows with the limits of tasks to come
	l.loop(budget.WithScopes(ctx, budget.Run(l.Run)))
	return l.summary(), l.fatal
}

// crew is a worker with its slots.
type crew struct {
	Slots
	throttle
	slots   *semaphore.Weighted
	running int
	halted  string // why its provider takes none of its calls, or ""
	noModel bool   // because its model is not there
}

func newCrews(slots []Slots) ([]*crew, error) {
	if len(slots) == 0 {
		return nil, errors.New("orchestrator: no workers")
	}
	crews := make([]*crew, 0, len(slots))
	seen := make(map[string]bool)
	for _, s := range slots {
		if s.Name == "" || s.Worker == nil || seen[s.Name] {
			return nil, fmt.Errorf("orchestrator: worker %q has no name, no worker, or a name twice used", s.Name)
		}
		seen[s.Name] = true
		s.Concurrency = cmp.Or(max(0, s.Concurrency), 1)
		start := min(cmp.Or(max(0, s.Start), s.Concurrency), s.Concurrency)
		crews = append(crews, &crew{Slots: s, slots: semaphore.NewWeighted(int64(s.Concurrency)), throttle: throttle{allowed: start}})
	}
	return crews, nil
}

// given is a task as the worker of c gets it: with the model that is asked about it.
func (c *crew) given(t worker.Task) worker.Task {
	if t.ModelAt("") == "" {
		t.Model = c.Model
	}
	return t
}

// takes reports whether tasks of a lane may go to c.
func (c *crew) takes(l worker.Lane) bool { return l.Takes(c.Name, c.Model) }

// laneOf is the lane of a task among these workers.
func laneOf(t worker.Task, crews []*crew) worker.Lane {
	return worker.LaneOf(t, func(model string) bool {
		return slices.ContainsFunc(crews, func(c *crew) bool { return c.Model == model })
	})
}
