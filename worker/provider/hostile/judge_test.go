package hostile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// judge holds the books against the till, and looks for what must not come out.
func (s *scene) judge(err error) {
	entries := s.books.of(s.id)
	text, _ := json.Marshal(entries)
	s.discreet("the books", string(text))
	s.discreet("the log", s.log.String())
	s.discreet("the error", errorText(err))
	if s.cut && !(s.tongue == googleList && s.way.name == "provider") && !strings.Contains(errorText(err), "past its output cap") {
		s.errorf("it was not cut: %v", err)
	}

	audit := books.Audit{Family: s.books.config.Family, Prices: s.books.config.Prices, PriceVersion: s.books.config.PriceVersion}
	var holds []budget.Entry
	var used, held budget.Amount
	exact := true
	for _, e := range entries {
		if err := audit.Add(e); err != nil {
			s.errorf("%s entry: %v", e.Op, err)
		}
		switch e.Op {
		case budget.OpReserve:
			holds, held = append(holds, e), held.Add(e.Hold)
		case budget.OpSettle:
			used = used.Add(e.Used)
			exact = exact && !e.Assumed
		}
	}
	if open := audit.Open(); len(open) != 0 {
		s.errorf("%d holds are open after the call", len(open))
	}
	till := s.bills()
	if len(holds) < len(till) {
		s.errorf("%d deliveries on %d holds", len(till), len(holds))
	}
	s.compare(till, holds, used, held, exact, err)
}

// compare judges the sum of the charges by the sum of the bills.
func (s *scene) compare(till []bill, holds []budget.Entry, used, held budget.Amount, exact bool, err error) {
	var least, most budget.Amount
	plainly, open := true, false
	for i, b := range till {
		owed := s.owed(b)
		if b.word == absurd && i < len(holds) {
			owed = holds[i].Hold
		}
		least, most = least.Add(owed), most.Add(owed)
		open = open || b.word == unbounded
		if b.word != plain && b.word != costless {
			plainly = false
		}
	}
	if !plainly {
		most = most.Max(held).Add(held) // the larger of both, and what the count of a text adds
		most.Cost = 8 * most.Cost       // at the dearest tier
	}
	wrong := used.Max(least) != used || !open && used.Min(most) != used || plainly && len(till) > 0 && !exact
	if wrong {
		s.errorf("charged %v (exact: %v) on holds of %v, the till has %v to %v (%+v); error: %.200v", used, exact, held, least, most, till, err)
	}
}

// owed is what a bill comes to.
func (s *scene) owed(b bill) budget.Amount {
	a := budget.Amount{Tokens: b.in + b.out, Cost: budget.NanoUSD(b.cost)}
	if a.Cost == 0 {
		a.Cost = budget.NanoUSD(b.in*s.tongue.price[0] + b.out*s.tongue.price[1])
	}
	return a
}

// errorText is all that a program may print of an error.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	e := wire.AsError(err)
	text, _ := json.Marshal(e)
	return fmt.Sprintf("%v %+v %#v %s", err, e, e, text)
}

// traces are forms in which a secret may come back.
var traces = func() (list []string) {
	for _, secret := range []string{secretKey, secretPrompt} {
		part := secret[3:22]
		list = append(list, part, strings.ToUpper(part), url.QueryEscape(part), url.PathEscape(part),
			base64.StdEncoding.EncodeToString([]byte(secret))[:24], base64.StdEncoding.EncodeToString([]byte(secret[1:]))[:24])
	}
	return list
}()

// discreet reports a secret in a text.
func (s *scene) discreet(where, text string) {
	for _, trace := range traces {
		if strings.Contains(text, trace) {
			s.errorf("%q stands in %s: %.300s", trace, where, text)
		}
	}
}
