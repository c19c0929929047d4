package provider_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

const harbour = `Summarise this notice.

The harbour ferry changes its winter timetable on Monday. The first boat leaves at 6:20 instead of 6:40,
because the train that it meets was moved. On Sundays nothing changes.

Tickets keep their price. A ticket bought for the old times stays valid, and may be given back until the end
of the month.`

func ExampleSim() {
	sim := provider.NewSim(provider.SimConfig{Seed: 7, MinOutput: 20, MaxOutput: 60})
	resp, err := sim.Generate(context.Background(), &wire.Request{Model: "small", Messages: wire.Prompt(harbour)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text)
	fmt.Println(resp.Usage.Output, "tokens,", resp.Finish)
	// Output:
	// [simulated] The harbour ferry changes its winter timetable on Monday. A ticket bought for the old times stays valid, and may be
	// 36 tokens, stop
}

// ask asks sim for an answer that must come.
func ask(t *testing.T, sim *provider.Sim, req *wire.Request) *wire.Response {
	t.Helper()
	resp, err := sim.Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// An answer begins with the prompt's own sentences, without the instruction.
func TestSimDigest(t *testing.T) {
	for _, test := range []struct {
		name   string
		system string
		prompt string
		want   string
	}{
		{"instruction first", "", "Condense these.\n\nBoats.\n\nTrains.", "Boats. Trains."},
		{"instruction apart", "Condense.", "Boats.\n\nTrains.", "Boats. Trains."},
		{"instruction only", "", "Say when boats run.", "Say when boats run."},
		{"sentences", "", "Is it \"late?\" (It is.) At 9.30, v1.2!", "Is it \"late?\" (It is.) At 9.30, v1.2!"},
		{"lines", "", "Boats\nare late.\r\nTrains run.", "Boats are late. Trains run."},
		{"lists", "Condense.", "1. Boats;\n2. Trains\n   and buses.\n- Cars\n  * Feet!", "Boats. Trains and buses. Cars. Feet!"},
		{"headings and rules", "Condense.", "# Sea\n\nBoats.\n---\n## Land\n```\nTrains.\n \t", "Boats. Trains."},
		{
			"earlier answers", "Condense.",
			"[simulated] Boats.\n\nNothing left this computer to make it.\n\n[simulated] Trains.", "Boats. Trains.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			sim := provider.NewSim(provider.SimConfig{MinOutput: 60})
			messages := wire.Prompt(test.prompt)
			if test.system != "" {
				messages = append([]wire.Message{wire.Text(wire.System, test.system)}, messages...)
			}
			text := ask(t, sim, &wire.Request{Model: "m", Messages: messages}).Text
			text = strings.TrimPrefix(text, "[simulated] ")
			rest, ok := strings.CutPrefix(text, test.want+" ")
			if !ok || rest == "" || rest[0] < 'A' || rest[0] > 'Z' || strings.Contains(text, "\n") {
				t.Errorf("got  %q\nwant %q and a sentence of the simulator's own", text, test.want)
			}
		})
	}
}

func TestSimAnswersAnyRequest(t *testing.T) {
	sim := provider.NewSim(provider.SimConfig{})
	for name, messages := range map[string][]wire.Message{
		"no messages":   nil,
		"empty prompt":  wire.Prompt(""),
		"one word":      wire.Prompt("Hello"),
		"no user":       {wire.Text(wire.Assistant, "Well.")},
		"unbroken run":  wire.Prompt(strings.Repeat("a", 100_000)),
		"blank lines":   wire.Prompt("\n \n\t\n"),
		"marks only":    wire.Prompt("# \n\n---\n\n- \n* "),
		"invalid UTF-8": wire.Prompt("a\xff\xfe b."),
	} {
		t.Run(name, func(t *testing.T) {
			resp := ask(t, sim, &wire.Request{Model: "m", Messages: messages})
			if n := resp.Usage.Output; n < 16 || n > 256 || !strings.HasPrefix(resp.Text, "[simulated] ") {
				t.Errorf("%d tokens: %q", n, resp.Text)
			}
		})
	}
}

func TestSimLengths(t *testing.T) {
	for _, test := range []struct {
		min, max           int64 // as configured
		shortest, greatest int64 // as answered
	}{
		{0, 0, 16, 256},
		{0, 20, 16, 20},
		{500, 0, 500, 500},
		{0, 7, 7, 7},
		{1, 1, 1, 1},
		{50, 50, 50, 50},
		{10, 300, 10, 300},
	} {
		t.Run(fmt.Sprintf("%d to %d", test.min, test.max), func(t *testing.T) {
			sim := provider.NewSim(provider.SimConfig{MinOutput: test.min, MaxOutput: test.max})
			var sum int64
			const calls = 200
			for i := range calls {
				prompt := fmt.Sprintf("Task %d.\n%s", i, harbour)
				resp := ask(t, sim, &wire.Request{Model: "m", Messages: wire.Prompt(prompt)})
				n := resp.Usage.Output
				if n < test.shortest || n > test.greatest || resp.Finish != wire.FinishStop {
					t.Fatalf("%d tokens, finish %q", n, resp.Finish)
				}
				sum += n
			}
			// An answer ends with a sentence, so the mean may stay below the middle, but not far.
			middle := (test.shortest + test.greatest) / 2
			if mean := sum / calls; mean < middle*85/100 || mean > middle*105/100 {
				t.Errorf("%d tokens on average, want about %d", mean, middle)
			}
		})
	}
}

// A cap cuts the full answer: the words before the last are the same.
func TestSimCap(t *testing.T) {
	sim := provider.NewSim(provider.SimConfig{MinOutput: 100, MaxOutput: 120})
	full := ask(t, sim, &wire.Request{Model: "m", Messages: wire.Prompt(harbour)})
	for limit := int64(1); limit <= 130; limit++ {
		resp := ask(t, sim, &wire.Request{Model: "m", Messages: wire.Prompt(harbour), MaxOutput: limit})
		if limit >= full.Usage.Output {
			if resp.Text != full.Text || resp.Finish != wire.FinishStop {
				t.Errorf("cap %d changed an answer of %d tokens", limit, full.Usage.Output)
			}
			continue
		}
		if resp.Usage.Output != limit || resp.Finish != wire.FinishLength {
			t.Errorf("cap %d: %d tokens, finish %q", limit, resp.Usage.Output, resp.Finish)
		}
		if head := resp.Text[:strings.LastIndex(resp.Text, " ")+1]; !strings.HasPrefix(full.Text, head) {
			t.Errorf("cap %d: %q is no beginning of %q", limit, head, full.Text)
		}
	}
}

func TestSimUsage(t *testing.T) {
	count := func(n int64, kind tokenizer.Certainty) *wire.Count {
		return &wire.Count{Model: "m", Count: tokenizer.Count{Tokens: n, Certainty: kind}}
	}
	nine := func(*wire.Request) int64 { return 9 }
	for _, test := range []struct {
		name  string
		count *wire.Count
		fn    func(*wire.Request) int64
		want  int64
	}{
		{"exact count", count(5, "exact"), nine, 5},
		{"estimate is counted again", count(5, "estimate"), nine, 9},
		{"estimate and no function", count(5, "estimate"), nil, 5},
		{"counted for another model", &wire.Count{Model: "n", Count: tokenizer.Count{Tokens: 5, Certainty: "exact"}}, nine, 9},
		{"not counted", nil, nine, 9},
		{"not counted and no function", nil, nil, 3}, // 4 + 5 bytes, four to a token
	} {
		t.Run(test.name, func(t *testing.T) {
			sim := provider.NewSim(provider.SimConfig{Count: test.fn, MinOutput: 10, MaxOutput: 10})
			req := &wire.Request{Model: "m", Count: test.count, Choices: 3, Messages: []wire.Message{
				wire.Text(wire.System, "1234"), wire.Text(wire.User, "12345"),
			}}
			if got := ask(t, sim, req).Usage.Usage; got != (budget.Usage{Input: test.want, Output: 30}) {
				t.Errorf("usage %+v, want input %d and output 30 (three choices of 10)", got, test.want)
			}
		})
	}
	sim := provider.NewSim(provider.SimConfig{NoUsage: true})
	if u := ask(t, sim, &wire.Request{Model: "m"}).Usage; u != nil {
		t.Errorf("NoUsage reported %+v", u)
	}
}

// attempt is what one call gave, errors as text.
func attempt(sim *provider.Sim, n int) string {
	var streamed strings.Builder
	resp, err := sim.Generate(context.Background(), &wire.Request{
		Model: "m", Messages: wire.Prompt(fmt.Sprintf("Task %d.\n\n%s", n, harbour)),
		OnDelta: func(d wire.Delta) { streamed.WriteString(d.Text) },
	})
	if err != nil {
		return fmt.Sprint(streamed.String(), " ", err, " ", wire.AsError(err).RequestID)
	}
	return fmt.Sprint(resp.Text, resp.Usage.Output, resp.RequestID)
}

func TestSimIsDeterministicInAnyOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	const tasks, tries = 300, 4
	config := provider.SimConfig{Seed: 42, ErrorRate: .2, RateLimitRate: .2, CutRate: .2}
	serial := provider.NewSim(config)
	want := map[int][]string{}
	for n := range tasks {
		for range tries {
			want[n] = append(want[n], attempt(serial, n))
		}
	}
	concurrent := provider.NewSim(config)
	order := rand.New(rand.NewPCG(1, 1)).Perm(tasks)
	var wg sync.WaitGroup
	for _, n := range order {
		wg.Go(func() {
			for try := range tries {
				if got := attempt(concurrent, n); got != want[n][try] {
					t.Errorf("task %d, attempt %d:\n got %s\nwant %s", n, try, got, want[n][try])
				}
			}
		})
	}
	wg.Wait()
	config.Seed++
	if other := attempt(provider.NewSim(config), 0); other == want[0][0] {
		t.Error("another seed gave the same answer")
	}
}

func TestSimRates(t *testing.T) {
	sim := provider.NewSim(provider.SimConfig{
		Seed: 3, ErrorRate: .1, RateLimitRate: .05, CutRate: .02, RetryAfter: 3 * time.Second, MaxOutput: 5,
	})
	const calls = 10_000
	got := map[wire.Class]int{}
	for i := range calls {
		// Half of the calls repeat a request: each attempt is drawn for itself.
		_, err := sim.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt(fmt.Sprint(i / 2))})
		if err == nil {
			continue
		}
		e := wire.AsError(err)
		got[e.Class]++
		want := map[wire.Class]wire.Error{
			wire.Server:    {Class: wire.Server, Status: 500, Code: "server_error", Sent: true},
			wire.RateLimit: {Class: wire.RateLimit, Status: 429, Code: "rate_limit_exceeded", RetryAfter: 3 * time.Second, Sent: true},
			wire.Lost:      {Class: wire.Lost, Sent: true},
		}[e.Class]
		want.Message, want.RequestID = e.Message, e.RequestID
		if *e != want || e.Unbilled() != (e.Class != wire.Lost) {
			t.Fatalf("got %+v, want %+v", *e, want)
		}
	}
	for class, share := range map[wire.Class]float64{wire.Server: .1, wire.RateLimit: .05, wire.Lost: .02} {
		if have := float64(got[class]) / calls; have < share*.9 || have > share*1.1 {
			t.Errorf("%s: %.4f of the attempts, want about %.2f", class, have, share)
		}
	}
}

func TestSimStreams(t *testing.T) {
	var pieces []string
	req := &wire.Request{Model: "m", Messages: wire.Prompt(harbour),
		OnDelta: func(d wire.Delta) { pieces = append(pieces, d.Text) }}
	plain := ask(t, provider.NewSim(provider.SimConfig{}), &wire.Request{Model: "m", Messages: req.Messages})
	resp := ask(t, provider.NewSim(provider.SimConfig{}), req)
	if resp.Text != plain.Text || strings.Join(pieces, "") != resp.Text || len(pieces) < 5 {
		t.Errorf("pieces %q\nof %q", pieces, resp.Text)
	}

	pieces = nil
	_, err := provider.NewSim(provider.SimConfig{CutRate: 1}).Generate(t.Context(), req)
	cut := wire.AsError(err)
	if cut.Class != wire.Lost || !cut.Sent || !cut.Started || cut.Answer != nil {
		t.Errorf("cut stream: %+v", cut)
	}
	if text := strings.Join(pieces, ""); text == "" || text == plain.Text || !strings.HasPrefix(plain.Text, text) {
		t.Errorf("cut stream passed on %q", text)
	}
}

func TestSimConfigIsChecked(t *testing.T) {
	nan := 0.0
	nan /= nan
	for want, c := range map[string]provider.SimConfig{
		"":                            {ErrorRate: .1, RateLimitRate: .2, CutRate: .7},
		"latency is negative":         {Latency: -1},
		"min output 9 is above":       {MinOutput: 9, MaxOutput: 8},
		"error rate 1.5 is not":       {ErrorRate: 1.5},
		"cut rate NaN is not":         {CutRate: nan},
		"rates of failures add up to": {ErrorRate: .6, RateLimitRate: .6},
		"rate limit rate -0.1 is not": {RateLimitRate: -.1},
		"max output is negative":      {MaxOutput: -5},
		"an output of 92233720368547": {MinOutput: math.MaxInt64},
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: got %v, want %q", c, err, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("NewSim accepted a negative jitter")
		}
	}()
	provider.NewSim(provider.SimConfig{Jitter: -1})
}

func TestSimCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := provider.NewSim(provider.SimConfig{}).Generate(ctx, &wire.Request{Model: "m"})
	if e := wire.AsError(err); e.Sent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", e)
	}
}
