package project

import (
	"context"
	"os"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Record is all that the books have of a run, for a page about it.
type Record struct {
	*Report
	Tasks   []worker.Task         // of its task file, where that is still as it was, and not large; nil otherwise
	Results []orchestrator.Result // the last of each task; without outputs, unless they were asked for
	Curve   []Point               // what the run had settled and held
	Limits  []LimitChange         // of the whole, while it went on
	Limit   budget.Limit          // of the whole, as it is configured now, less what its period had spent before the run
	Unsure  books.Unconfirmed     // attempts that were charged by assumption
	Zone    *time.Location
}

// Point is a moment of a run.
type Point struct {
	Time          time.Time
	Settled, Held budget.Amount
}

// LimitChange is one that the books have.
type LimitChange struct {
	Time   time.Time
	Limit  budget.Limit
	Reason string // who, and why
}

// maxPoints bounds a curve: of a longer one every other point is dropped, again and again.
const maxPoints = 2000

// Record reads what the books have of a run, [LastRun] for the last.
func (p *Project) Record(ctx context.Context, run string, outputs bool) (*Record, error) {
	report, err := p.Report(ctx, ReportQuery{Run: run, By: []string{"model", "worker", "day", "label"}})
	if err != nil {
		return nil, err
	}
	store, err := p.openBooks(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	r := &Record{Report: report, Limit: p.Config.Budget.Total, Zone: p.Config.Budget.TimeZone}
	for e, err := range store.Results(ctx, report.Run.ID) {
		if err != nil {
			return nil, err
		}
		if len(e.Result) == 0 {
			continue
		}
		result, err := decoded(e)
		if err != nil {
			return nil, err
		}
		if !outputs {
			result = result.WithoutOutput()
		}
		r.Results = append(r.Results, result)
	}
	if err := r.draw(ctx, store); err != nil {
		return nil, err
	}
	r.Tasks = p.tasksBehind(*report.Run)
	status, err := p.Status(ctx, StatusOptions{Attempts: true})
	r.Unsure = status.Unconfirmed
	return r, err
}

// maxBehind is the size of a task file that is read for the sake of a picture, in bytes.
const maxBehind = 16 << 20

// tasksBehind are the tasks of a run, as far as they are known without its books. It says nothing of what it cannot read.
func (p *Project) tasksBehind(run books.Run) []worker.Task {
	file, err := fileOf(run)
	if err != nil {
		return nil
	}
	if info, err := os.Stat(file); err != nil || info.Size() > maxBehind || run.Digest == "" || digest(file) != run.Digest {
		return nil
	}
	quiet := *p
	quiet.Warn, quiet.Sim = nil, run.Simulated
	list, err := quiet.load(file, nil, nil)
	if err != nil {
		return nil
	}
	return list
}

// draw follows the entries of the run, in the order of the books.
func (r *Record) draw(ctx context.Context, store books.Store) error {
	var now Point
	every, skipped := 1, 0
	for e, err := range store.Entries(ctx, books.Filter{Run: r.Run.ID}) {
		if err != nil {
			return err
		}
		now.Time = e.Time
		switch e.Op {
		case budget.OpReserve:
			now.Held = now.Held.Add(e.Hold)
		case budget.OpSettle, budget.OpRelease:
			now.Held = now.Held.Sub(e.Hold)
			now.Settled = now.Settled.Add(e.Used)
		case budget.OpRecord, budget.OpAdjust:
			now.Settled = now.Settled.Add(e.Used)
		default:
			continue
		}
		if skipped++; skipped < every {
			continue
		}
		skipped = 0
		if r.Curve = append(r.Curve, now); len(r.Curve) == maxPoints {
			for i := range maxPoints / 2 {
				r.Curve[i] = r.Curve[2*i+1]
			}
			r.Curve, every = r.Curve[:maxPoints/2], 2*every
		}
	}
	if n := len(r.Curve); n > 0 && !r.Curve[n-1].Time.Equal(now.Time) {
		r.Curve = append(r.Curve, now)
	}
	if err := r.before(ctx, store); err != nil {
		return err
	}
	return r.limits(ctx, store)
}

// before takes what the run's first period had spent before it out of the limit.
func (r *Record) before(ctx context.Context, store books.Store) error {
	period := int64(0)
	var spent budget.Amount
	for e, err := range store.Entries(ctx, books.Filter{Run: r.Run.ID, Charging: true}) {
		if err != nil {
			return err
		}
		period = e.Period
		break
	}
	if period == 0 {
		return nil
	}
	for e, err := range store.Entries(ctx, books.Filter{Period: period, Until: r.Curve[0].Time, Charging: true}) {
		if err != nil {
			return err
		}
		if e.Run() != r.Run.ID {
			spent = spent.Add(e.Used)
		}
	}
	r.Limit = r.Limit.Less(spent)
	return nil
}

// limits are the changes of the whole's limit while the run went on.
func (r *Record) limits(ctx context.Context, store books.Store) error {
	if len(r.Curve) == 0 {
		return nil
	}
	first, last := r.Curve[0].Time, r.Curve[len(r.Curve)-1].Time
	for e, err := range store.Entries(ctx, books.Filter{Since: first, Until: last.Add(1)}) {
		if err != nil {
			return err
		}
		if e.Op == budget.OpLimit && len(e.Debts) == 0 && len(e.Scopes) > 0 && e.Scopes[0] == budget.Total {
			r.Limits = append(r.Limits, LimitChange{e.Time, e.Limit, e.Reason})
		}
	}
	return nil
}
