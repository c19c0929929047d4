package provider

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// The defaults of a [SimConfig].
const (
	defaultSimMinOutput  = 16
	defaultSimMaxOutput  = 256
	defaultSimRetryAfter = time.Second
)

// SimConfig says how a [Sim] behaves. The zero value answers at once, every time.
type SimConfig struct {
	// Seed chooses everything that is drawn. The same seed gives the same answers, on every machine.
	Seed int64

	// Latency is how long an answer takes, failures included; a streamed one comes in pieces over that
	// time. 0 takes no time and starts no timer. Jitter is how much more or less it may be, drawn
	// evenly.
	Latency, Jitter time.Duration

	// MinOutput and MaxOutput are the least and the greatest length of an answer in tokens, before any
	// cap; the lengths are spread between them. 0 stands for 16 and 256, or for the other of the two where
	// that leaves no range.
	MinOutput, MaxOutput int64

	// ErrorRate, RateLimitRate and CutRate are the shares of attempts, from 0 to 1 and together at most 1,
	// that fail: with status 500, with status 429, or by a connection that is lost after the request was
	// sent. A lost stream passes some of its pieces on first.
	ErrorRate, RateLimitRate, CutRate float64

	// RetryAfter is how long a 429 asks to wait. 0 stands for one second.
	RetryAfter time.Duration

	// NoUsage leaves the usage out of every answer, as some compatible servers do.
	NoUsage bool

	// Count counts the input of a request that does not carry an exact count of its own. Nil takes the
	// request's count whatever its kind, and where there is none the sum of Tokens over its messages.
	Count func(*wire.Request) int64

	// Tokens counts a text as the model's tokenizer would. Answers are measured word by word, so that it
	// is called once for each distinct word and the usage is exact for a tokenizer that never joins two
	// words, as those of OpenAI. It must be pure and safe for concurrent use. Nil takes a token for every
	// four bytes begun.
	Tokens func(model, text string) int64
}

// Validate reports the first setting that makes no sense.
func (c SimConfig) Validate() error {
	for _, d := range []struct {
		name  string
		value int64
	}{
		{"latency", int64(c.Latency)}, {"jitter", int64(c.Jitter)}, {"retry after", int64(c.RetryAfter)},
		{"min output", c.MinOutput}, {"max output", c.MaxOutput},
	} {
		if d.value < 0 {
			return fmt.Errorf("simulator: %s is negative", d.name)
		}
	}
	if most := max(c.MinOutput, c.MaxOutput); most > budget.MaxTokens {
		return fmt.Errorf("simulator: an output of %d tokens is above %d", most, budget.MaxTokens)
	}
	if c.MaxOutput != 0 && c.MinOutput > c.MaxOutput {
		return fmt.Errorf("simulator: min output %d is above max output %d", c.MinOutput, c.MaxOutput)
	}
	for _, r := range []struct {
		name  string
		value float64
	}{
		{"error rate", c.ErrorRate}, {"rate limit rate", c.RateLimitRate}, {"cut rate", c.CutRate},
	} {
		if !(r.value >= 0 && r.value <= 1) { // written so that NaN fails too
			return fmt.Errorf("simulator: %s %v is not between 0 and 1", r.name, r.value)
		}
	}
	if sum := c.ErrorRate + c.RateLimitRate + c.CutRate; sum > 1+1e-9 {
		return fmt.Errorf("simulator: the rates of failures add up to %v, more than every attempt", sum)
	}
	return nil
}

func (c SimConfig) withDefaults() SimConfig {
	if c.MaxOutput == 0 {
		c.MaxOutput = max(defaultSimMaxOutput, c.MinOutput)
	}
	if c.MinOutput == 0 {
		c.MinOutput = min(defaultSimMinOutput, c.MaxOutput)
	}
	if c.RetryAfter == 0 {
		c.RetryAfter = defaultSimRetryAfter
	}
	if c.Tokens == nil {
		c.Tokens = func(_, text string) int64 { return int64(len(text)+3) / 4 }
	}
	return c
}
