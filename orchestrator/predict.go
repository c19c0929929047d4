package orchestrator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// What is reserved for a call is a bound, and what is planned with is a prediction: the input as it was counted, and
// the output that the task's group is expected to give. Lengths of answers are taken to be log-normal. A group's mean is
// drawn to that of all samples of the run, and this to a stated one, so that a group of which nothing is known yet has a
// prediction, too; the weights are numbers of samples.
const (
	priorOutput    = 185  // tokens; the median answer of a task of which nothing is known
	priorWeight    = 3    // of it against all samples
	poolWeight     = 0.5  // of all samples against those of a group
	priorVariance  = 0.16 // of logarithms within a group
	varianceWeight = 3
	historyWeight  = 40 // the most that earlier runs weigh in a group: a model that changed is learnt anew

	// maxExpected is the most tokens that anything is expected to take: sums of so many fit into an int64.
	maxExpected = 1 << 40
)

// groupKey says which tasks have answers that are alike in length.
type groupKey struct{ model, worker, system, template string }

// group is what is known of such tasks.
type group struct {
	id      string  // the same in each run: it stands in results
	lengths moments // of the logarithms of what they put out, in tokens
	further moments // what they were charged beside the input of their first call and their output: for further calls
}

// predictor expects of tasks what those like them have used.
type predictor struct {
	groups  map[groupKey]*group
	pool    moments // of all samples
	history History
}

func newPredictor(h History) *predictor {
	return &predictor{groups: make(map[groupKey]*group), history: h}
}

// keyOf is the key of the group of a task that goes to a worker as it is given.
func keyOf(t *worker.Task, at string) groupKey {
	return groupKey{model: t.ModelAt(""), worker: at, system: systemOf(t), template: t.Template}
}

// systemOf is the instructions of a task.
func systemOf(t *worker.Task) string {
	if t.Request == nil {
		return t.System
	}
	var all strings.Builder
	for i := range t.Request.Messages {
		if m := &t.Request.Messages[i]; m.Role == wire.System {
			all.WriteString(m.Text())
		}
	}
	return all.String()
}

// group returns what is known of a group, earlier runs included.
func (p *predictor) group(k groupKey) *group {
	g := p.groups[k]
	if g == nil {
		sum := sha256.Sum256([]byte(strings.Join([]string{k.model, k.worker, k.system, k.template}, "\x00")))
		g = &group{id: hex.EncodeToString(sum[:8])}
		if old, ok := p.history[g.id]; ok {
			g.lengths.merge(old.lengths, historyWeight)
			g.further.merge(old.further, historyWeight)
			p.pool.merge(old.lengths, historyWeight)
		}
		p.groups[k] = g
	}
	return g
}

// logs is the mean and the variance of the logarithm of what a task of the group puts out.
func (p *predictor) logs(g *group) (mean, variance float64) {
	mean = g.lengths.toward(p.pool.toward(math.Log(priorOutput), priorWeight), poolWeight)
	return mean, g.lengths.variance(priorVariance, varianceWeight)
}

// output is how many tokens a task of the group is expected to put out, under a cap (0 for none).
func (p *predictor) output(g *group, limit int64) int64 {
	return min(tokensOf(meanOfLogs(p.logs(g))), cmp.Or(max(0, limit), maxExpected))
}

// extra is what a task of the group is expected to be charged for calls after its first, in tokens.
func (p *predictor) extra(g *group) int64 {
	return tokensOf(g.further.toward(0, priorWeight))
}

// tokensOf is a number of tokens that is expected, within what sums can bear.
func tokensOf(x float64) int64 { return int64(math.Ceil(min(max(x, 0), maxExpected))) }

// sample is what one task that is done has used.
type sample struct {
	output  int64 // tokens
	further int64 // tokens charged beside those and the counted input of its first call
}

func (p *predictor) learn(g *group, s sample) {
	x := math.Log(float64(max(1, s.output)))
	g.lengths.add(x)
	g.further.add(float64(max(0, s.further)))
	p.pool.add(x)
}

// History is what the results of earlier runs say of groups, by [Result.Group]. The zero value is not ready: make it.
type History map[string]past

type past struct{ lengths, further moments }

// Add takes in a result that the books have; one of a task that is not done, or of unknown group, says nothing.
func (h History) Add(r Result) {
	if r.Outcome != Done || r.Group == "" {
		return
	}
	p := h[r.Group]
	p.lengths.add(math.Log(float64(max(1, r.Usage.Output))))
	p.further.add(float64(max(0, r.Further)))
	h[r.Group] = p
}

// GroupOf is the [Result.Group] of a task that is given to a worker.
func GroupOf(t worker.Task, at string) string { return newPredictor(nil).group(keyOf(&t, at)).id }
