package budget

import (
	"context"
	"fmt"
	"log/slog"
	"math/bits"
)

// Warning says that what a scope has settled crossed the threshold of its limit.
type Warning struct {
	Scope     Scope
	Percent   int // the threshold
	Limit     Limit
	Settled   Amount
	Remaining Remaining
}

func (w Warning) String() string {
	what := fmt.Sprintf("%d tokens", w.Settled.Tokens)
	if w.Limit.Tokens == nil {
		what = w.Settled.Cost.String()
	}
	return fmt.Sprintf("budget of %v: %s settled, %d%% of the limit reached", w.Scope, what, w.Percent)
}

// crossing adds a warning if the account has just crossed the threshold, and arms it again below.
func (m *Manager) crossing(a *account, warnings []Warning) []Warning {
	if m.cfg.Threshold == 0 {
		return nil
	}
	over := m.overThreshold(a)
	if over && !a.warned {
		warnings = append(warnings, Warning{
			Scope: a.key.Scope, Percent: m.cfg.Threshold, Limit: a.limit, Settled: a.Settled,
			Remaining: Remaining{}.narrow(a.limit, a.spent()),
		})
	}
	a.warned = over
	return warnings
}

func (m *Manager) overThreshold(a *account) bool {
	return reached(a.Settled.Tokens, a.maxTokens, m.cfg.Threshold) ||
		reached(int64(a.Settled.Cost), int64(a.maxCost), m.cfg.Threshold)
}

// reached reports whether n is at least percent of limit, in 128 bits. A limit of zero is reached by the
// first token that gets past it.
func reached(n, limit int64, percent int) bool {
	if limit == unlimited || percent == 0 || n <= 0 {
		return false
	}
	nHi, nLo := bits.Mul64(uint64(n), 100)
	lHi, lLo := bits.Mul64(uint64(limit), uint64(percent))
	return nHi > lHi || nHi == lHi && nLo >= lLo
}

func (m *Manager) warn(warnings []Warning) {
	for _, w := range warnings {
		m.log.LogAttrs(context.Background(), slog.LevelWarn, "budget threshold reached", w.attrs()...)
		if m.cfg.OnWarning != nil {
			m.cfg.OnWarning(w)
		}
	}
}

// attrs says what is limited: what has no limit may be unknown, and is not what the warning is about.
func (w Warning) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("scope", w.Scope.String()), slog.Int("percent", w.Percent)}
	if w.Limit.Tokens != nil {
		attrs = append(attrs, slog.Int64("settled_tokens", w.Settled.Tokens), slog.Int64("limit_tokens", *w.Limit.Tokens))
	}
	if w.Limit.Cost != nil {
		attrs = append(attrs, slog.String("settled_cost", w.Settled.Cost.String()), slog.String("limit_cost", w.Limit.Cost.String()))
	}
	return attrs
}
