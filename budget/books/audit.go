package books

import (
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Audit reads books from their beginning, one entry after the other, and says what is wrong with each. It
// keeps the open holds, the totals and the ids of corrected attempts, and no entries. The zero Audit is ready.
//
//	var audit books.Audit
//	for e, err := range ledger.All(ctx) {
//		...
//		if err := audit.Add(e); err != nil {
//			return fmt.Errorf("entry %s: %w", e.ID, err)
//		}
//	}
//	// audit.Totals() and audit.Open() are what the ledger must have stored, audit.Halves() must be none
type Audit struct {
	// Family is [budget.Config].Family of the managers that wrote the books. Nil leaves unchecked whether entries are charged
	// to the family of their model.
	Family func(model string) string

	// Prices are those of PriceVersion: what they made the cost of is checked. Without a version no cost is.
	Prices       budget.Prices
	PriceVersion string

	open      map[string]budget.Entry
	totals    map[budget.Account]budget.Counters
	corrected map[string]int // how many adjustments attempts have had
}

// Totals returns the sums of the entries so far. It belongs to the audit.
func (a *Audit) Totals() map[budget.Account]budget.Counters { return a.totals }

// Open returns the reserve entries of the holds that are open so far, by id. It belongs to the audit.
func (a *Audit) Open() map[string]budget.Entry { return a.open }

// Halves returns, in order, the ids of corrections so far that take back what was charged without the one that must
// follow, which charges what is right: they are written together (see [budget.Manager.Adjust]).
func (a *Audit) Halves() []string {
	var ids []string
	for attempt, n := range a.corrected {
		if n%2 == 1 {
			ids = append(ids, fmt.Sprintf("%s~%d", attempt, n))
		}
	}
	slices.Sort(ids)
	return ids
}

// Add reports the first thing that is wrong with e as the next entry of the books:
//
//   - what no ledger accepts ([budget.Entry.Validate]), or sums that no number could hold;
//   - figures that do not fit its operation: a usage that is not the sum of its buckets, an overrun that is
//     not what was used above the hold, fees above the cost, two scopes of one kind (but labels, of which it has
//     at most [budget.MaxLabels]), a scope of another model than its own or, where Family is set, its family;
//   - a cost that is not what the audit's prices, where the entry names their version, make of its usage and its tier;
//   - a settlement or release whose hold is not open, or had other scopes, another period, another
//     amount or another estimate; a hold that is opened twice;
//   - a correction without a reason, or one whose number does not follow on that of the attempt's last;
//   - an account that it leaves with less than nothing held.
//
// An entry that is wrong counts all the same, as far as it can, so that one mistake is told once.
func (a *Audit) Add(e budget.Entry) error {
	if err := scoped(e); err != nil { // first: what follows takes their number squared
		return err
	}
	if err := e.Validate(); err != nil {
		return err
	}
	if err := bounded(e); err != nil {
		return err
	}
	err := consistent(e)
	if err == nil {
		err = a.modelled(e)
	}
	if err == nil {
		err = a.priced(e)
	}
	if other := a.follows(e); err == nil {
		err = other
	}
	if a.totals == nil {
		a.totals = make(map[budget.Account]budget.Counters)
	}
	for _, s := range e.Scopes {
		account := e.Account(s)
		c := a.totals[account]
		c.Apply(e, s)
		a.totals[account] = c
		switch {
		case err != nil:
		case c.Held.Tokens < 0 || c.Held.Cost < 0:
			err = fmt.Errorf("it leaves %v with %v held", s, c.Held)
		case !c.Countable():
			err = fmt.Errorf("%w: the sums of %v", budget.ErrUncountable, s)
		}
	}
	return err
}

// modelled checks that e is charged to its model, as old books have it, or its model's family.
func (a *Audit) modelled(e budget.Entry) error {
	name := e.Name(budget.KindModel)
	if a.Family == nil || name == "" || e.Model == "" || name == e.Model || name == a.Family(e.Model) {
		return nil
	}
	return fmt.Errorf("its model is %q, its scope is %v", e.Model, budget.Model(name))
}

// priced checks the cost of e, if the audit's prices made it. What a correction takes back is no cost of its own.
func (a *Audit) priced(e budget.Entry) error {
	if a.PriceVersion == "" || e.PriceVersion != a.PriceVersion || e.Unpriced || e.Usage.Negative() || e.Used.Cost < 0 {
		return nil
	}
	price := a.Prices.Of(e.Served, a.Family)
	if price == nil {
		price = a.Prices.Of(e.Model, a.Family)
	}
	if price == nil {
		return nil
	}
	if cost, _ := price.CostAt(&e.Usage, e.Tier); cost != e.Used.Cost {
		return fmt.Errorf("it charges %v, the prices that it names come to %v", e.Used.Cost, cost)
	}
	return nil
}

// follows checks e against the holds that are open, and keeps them.
func (a *Audit) follows(e budget.Entry) error {
	if a.open == nil {
		a.open = make(map[string]budget.Entry)
	}
	hold, open := a.open[e.ID]
	switch e.Op {
	case budget.OpReserve:
		a.open[e.ID] = e
		if open {
			return fmt.Errorf("its hold is open already")
		}
	case budget.OpSettle, budget.OpRelease:
		delete(a.open, e.ID)
		switch {
		case !open:
			return fmt.Errorf("it ends a hold that is not open: never reserved, or ended before")
		case hold.Hold != e.Hold:
			return fmt.Errorf("it gives back %v of a hold of %v", e.Hold, hold.Hold)
		case hold.Period != e.Period:
			return fmt.Errorf("it is of period %d, its hold of period %d", e.Period, hold.Period)
		case !slices.Equal(hold.Scopes, e.Scopes):
			return fmt.Errorf("it is charged to %v, its hold to %v", e.Scopes, hold.Scopes)
		}
		return estimated(e, hold)
	case budget.OpAdjust:
		return a.corrects(e)
	}
	return nil
}

// estimated checks that e repeats what was expected when its hold was taken.
func estimated(e, hold budget.Entry) error {
	switch {
	case hold.Model != e.Model:
		return fmt.Errorf("its model is %q, its hold's %q", e.Model, hold.Model)
	case hold.Certainty != e.Certainty:
		return fmt.Errorf("its bound is %q, its hold's %q", e.Certainty, hold.Certainty)
	case hold.Counted != e.Counted:
		return fmt.Errorf("it counted %d tokens of input, its hold counted %d", e.Counted, hold.Counted)
	case hold.Output != e.Output:
		return fmt.Errorf("its output cap is %d, its hold's cap %d", e.Output, hold.Output)
	}
	return nil
}

// corrects checks the place of e among the corrections of its attempt, which its id tells.
func (a *Audit) corrects(e budget.Entry) error {
	attempt, n, ok := e.Correction()
	if !ok { // not one of Adjust's, which come in pairs
		return nil
	}
	if a.corrected == nil {
		a.corrected = make(map[string]int)
	}
	before := a.corrected[attempt]
	a.corrected[attempt] = n
	if n != before+1 {
		return fmt.Errorf("it is correction %d of its attempt, after %d", n, before)
	}
	return nil
}
