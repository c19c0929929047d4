package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Header are the headers of the answer, a map of the caller's own. Of a scope that cannot pay:
//
//	X-Orchestrate-Scope                                       total, model:NAME, task:ID, ...
//	X-Orchestrate-Limit, -Settled, -Held, -Wanted, -Remaining tokens, if those are limited; Remaining may be below 0
//	X-Orchestrate-Limit-Cost-USD, -Settled-Cost-USD, ...      dollars with decimals, if money is limited
//	Retry-After                                               seconds until a period begins that can pay
//
// Bytes of a name that no header may have are percent-encoded. A provider that is paused sends Retry-After, too.
func (r *Refusal) Header() http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if r.Kind != wire.RefusedUnreachable {
		h.Set("X-Should-Retry", "false")
	}
	var exceeded *budget.ExceededError
	var unpriced *budget.UnpricedError
	var paused *wire.PausedError
	switch {
	case errors.As(r.Err, &exceeded):
		setExceeded(h, exceeded)
		setRetryAfter(h, exceeded.Opens())
	case errors.As(r.Err, &unpriced):
		h.Set("X-Orchestrate-Scope", headerText(unpriced.Scope.String()))
	case errors.As(r.Err, &paused):
		setRetryAfter(h, paused.Until)
		setRetryAfter(h, paused.NotBefore)
	}
	return h
}

func setExceeded(h http.Header, e *budget.ExceededError) {
	h.Set("X-Orchestrate-Scope", headerText(e.Scope.String()))
	set := func(unit string, limit, settled, held, wanted, remaining string) {
		for name, value := range map[string]string{
			"Limit": limit, "Settled": settled, "Held": held, "Wanted": wanted, "Remaining": remaining,
		} {
			h.Set("X-Orchestrate-"+name+unit, value)
		}
	}
	if most := e.Limit.Tokens; most != nil {
		n := func(tokens int64) string { return strconv.FormatInt(tokens, 10) }
		set("", n(*most), n(e.Settled.Tokens), n(e.Held.Tokens), n(e.Wanted.Tokens), n(*most-e.Settled.Tokens-e.Held.Tokens))
	}
	if most := e.Limit.Cost; most != nil {
		set("-Cost-USD", dollars(*most), dollars(e.Settled.Cost), dollars(e.Held.Cost), dollars(e.Wanted.Cost),
			dollars(*most-e.Settled.Cost-e.Held.Cost))
	}
}

// dollars is c without its sign for the currency.
func dollars(c budget.NanoUSD) string { return strings.Replace(c.String(), "$", "", 1) }

// setRetryAfter asks to wait until then, at least a second; the zero time asks for nothing.
func setRetryAfter(h http.Header, then time.Time) {
	if then.IsZero() {
		return
	}
	const round = time.Second - 1
	h.Set("Retry-After", strconv.FormatInt(max(1, int64((time.Until(then)+round)/time.Second)), 10))
}

// headerText is text with what is not printable ASCII, spaces and % percent-encoded.
func headerText(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c > ' ' && c <= '~' && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
