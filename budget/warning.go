package budget

import (
	"context"
	"log/slog"
	"math/bits"
)

// crossing adds the status of the account if it has just crossed a threshold, and arms those that it is below again.
func (m *Manager) crossing(a *account, warnings []Status) []Status {
	if len(m.cfg.Thresholds) == 0 {
		return nil
	}
	before := a.warned
	if a.warned = m.threshold(a); a.warned > before {
		warnings = append(warnings, a.status())
	}
	return warnings
}

// threshold is the highest one that the account has reached, in percent, 0 for none.
func (m *Manager) threshold(a *account) (highest int) {
	for _, percent := range m.cfg.Thresholds {
		if percent > highest && m.over(a, percent) {
			highest = percent
		}
	}
	return highest
}

func (m *Manager) over(a *account, percent int) bool {
	return reached(a.Settled.Tokens, a.maxTokens, percent) || reached(int64(a.Settled.Cost), int64(a.maxCost), percent)
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

func (m *Manager) warn(warnings []Status) {
	for _, w := range warnings {
		m.log.LogAttrs(context.Background(), slog.LevelWarn, "budget threshold reached", alarm(w, w.Warned)...)
		if m.cfg.OnWarning != nil {
			m.cfg.OnWarning(w)
		}
	}
}

// alarm says what is limited: what has no limit may be unknown, and is not what the warning is about.
func alarm(w Status, percent int) []slog.Attr {
	attrs := []slog.Attr{slog.String("scope", w.Scope.String()), slog.Int("percent", percent)}
	if w.Limit.Tokens != nil {
		attrs = append(attrs, slog.Int64("settled_tokens", w.Settled.Tokens), slog.Int64("limit_tokens", *w.Limit.Tokens))
	}
	if w.Limit.Cost != nil {
		attrs = append(attrs, slog.String("settled_cost", w.Settled.Cost.String()), slog.String("limit_cost", w.Limit.Cost.String()))
	}
	return attrs
}
