package provider

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Sim is a model client that answers by itself: no network, no key, no cost. Its answers are made of the
// prompt's own sentences and begin with "[simulated]". It reports usage, honours the output cap, streams,
// and fails as a provider does, as often as its [SimConfig] says.
//
// Everything is drawn from the seed, the model and the messages; what becomes of an attempt and how long it
// takes, also from the number of times that the same request was tried before. So a run gives the same
// answers in any order and with any concurrency. A request is remembered until 131,072 others came.
//
// An answer to a request with a schema is JSON that matches it, as far as types, ranges and lengths go; the cap may cut it.
// It gives one text whatever Choices says (and bills for all of them), calls no tools, and does not heed a temperature or
// stop sequences.
//
// A Sim is safe for concurrent use and starts no goroutine.
type Sim struct {
	config   SimConfig
	words    *lexicon
	attempts attempts
}

var _ middleware.Client = (*Sim)(nil)

// rememberedRequests is how many other requests may come before the attempts at one are forgotten.
const rememberedRequests = 1 << 17

// wordsPerDelta is the size of the pieces of a stream.
const wordsPerDelta = 6

// NewSim returns a simulator. It panics if c is not valid; see [SimConfig.Validate].
func NewSim(c SimConfig) *Sim {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	c = c.withDefaults()
	return &Sim{config: c, words: newLexicon(c.Tokens), attempts: attempts{limit: rememberedRequests}}
}

// Generate answers req. Its errors are *[wire.Error]; one whose cause is the context wraps ctx.Err().
func (s *Sim) Generate(ctx context.Context, req *wire.Request) (*wire.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &wire.Error{Class: wire.Unreachable, Err: err}
	}
	request := fingerprint(s.config.Seed, req)
	a := attempt{sim: s, req: req, id: "sim-" + strconv.FormatUint(request, 16)}
	number := s.attempts.next(request)
	if number > 0 {
		a.id += "-" + strconv.FormatUint(number, 10)
	}
	rng := rand.New(rand.NewPCG(request, number))
	fate := s.config.fate(rng)
	a.latency = s.config.Latency + time.Duration((2*rng.Float64()-1)*float64(s.config.Jitter))
	if fate == failed || fate == limited {
		return nil, a.refuse(ctx, fate)
	}
	// What is said depends on the request alone: hence a generator of its own, which no attempt has.
	saying := rand.New(rand.NewPCG(request, math.MaxUint64))
	words, cut := s.words.answer(req, saying, s.config.MinOutput, s.config.MaxOutput)
	output := total(words)
	text := a.join(words)
	if whole, ok := s.structured(req, saying, words); ok {
		text, output, cut = s.capped(req, whole)
		a.ends = a.ends[:min(len(a.ends), 1)]
		for i := range a.ends {
			a.ends[i] = len(text)
		}
	}
	if fate == lost {
		return nil, a.lose(ctx, text)
	}
	if err := a.pass(ctx, text, len(a.ends)); err != nil {
		return nil, err
	}
	return a.response(text, output, cut), nil
}

// attempt is one call of Generate under way.
type attempt struct {
	sim     *Sim
	req     *wire.Request
	id      string
	latency time.Duration
	ends    []int // where the pieces of a stream end in the text; empty for a plain answer
}

// join puts words together, and notes the pieces of a stream.
func (a *attempt) join(words []word) string {
	size := len(words)
	for _, w := range words {
		size += len(w.text)
	}
	var b strings.Builder
	b.Grow(size)
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
		if a.req.OnDelta != nil && (i%wordsPerDelta == wordsPerDelta-1 || i == len(words)-1) {
			a.ends = append(a.ends, b.Len())
		}
	}
	return b.String()
}

// pass lets the latency go by, and passes on the first pieces of a stream, evenly over that time.
func (a *attempt) pass(ctx context.Context, text string, pieces int) error {
	if pieces == 0 {
		return a.wait(ctx, a.latency, false)
	}
	start := 0
	for i, end := range a.ends[:pieces] {
		if err := a.wait(ctx, a.latency/time.Duration(len(a.ends)), i > 0); err != nil {
			return err
		}
		a.req.OnDelta(wire.Delta{Text: text[start:end]})
		start = end
	}
	return nil
}

// wait waits for d, or fails when ctx is done, as a client does that loses its connection.
func (a *attempt) wait(ctx context.Context, d time.Duration, started bool) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return &wire.Error{Class: wire.Lost, Sent: true, Started: started, RequestID: a.id, Err: err}
	}
	return nil
}

// refuse is an answer with an error's status.
func (a *attempt) refuse(ctx context.Context, f fate) error {
	if err := a.wait(ctx, a.latency, false); err != nil {
		return err
	}
	if f == limited {
		return &wire.Error{
			Class: wire.RateLimit, Status: 429, Code: "rate_limit_exceeded", Message: "simulated rate limit",
			RetryAfter: a.sim.config.RetryAfter, Sent: true, RequestID: a.id,
		}
	}
	return &wire.Error{
		Class: wire.Server, Status: 500, Code: "server_error", Message: "simulated failure",
		Sent: true, RequestID: a.id,
	}
}

// lose breaks off an answer: a stream in the middle, a plain one before it comes.
func (a *attempt) lose(ctx context.Context, text string) error {
	pieces := len(a.ends) / 2
	if err := a.pass(ctx, text, pieces); err != nil {
		return err
	}
	return &wire.Error{
		Class: wire.Lost, Message: "simulated loss of the connection",
		Sent: true, Started: pieces > 0, RequestID: a.id,
	}
}

func (a *attempt) response(text string, output int64, cut bool) *wire.Response {
	resp := &wire.Response{Text: text, Finish: wire.FinishStop, Model: a.req.Model, RequestID: a.id}
	if cut {
		resp.Finish = wire.FinishLength
	}
	if !a.sim.config.NoUsage {
		resp.Usage = &wire.Usage{Usage: budget.Usage{
			Input:  a.sim.config.input(a.req),
			Output: output * int64(max(1, a.req.Choices)),
		}}
	}
	return resp
}

// input is how many tokens req is charged for before an answer.
func (c SimConfig) input(req *wire.Request) int64 {
	if n := req.Count; n != nil && n.Model == req.Model && (c.Count == nil || string(n.Certainty) == string(budget.Exact)) {
		return n.Tokens
	}
	if c.Count != nil {
		return c.Count(req)
	}
	sum := int64(0)
	for i := range req.Messages {
		sum += c.Tokens(req.Model, req.Messages[i].Text())
	}
	return sum
}
