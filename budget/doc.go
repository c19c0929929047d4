// Package budget decides who may spend tokens and money, and keeps the books of what was spent.
//
// A [Manager] is a weighted semaphore whose tokens are consumed instead of returned. Before an attempt
// (one request on the wire) a caller reserves the most the attempt can use; afterwards it settles what
// was really used and the rest returns to everyone else:
//
//	m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(2_000_000)}})
//	ctx = budget.WithScopes(ctx, budget.Task("summary-7"))
//
//	r, err := m.Reserve(ctx, budget.Call{ID: id, Model: "gpt-4o", Input: 812, MinOutput: 256, MaxOutput: 1024, Certainty: budget.Exact})
//	if err != nil {
//		return err // *ExceededError says which scope is short and by how much
//	}
//	defer r.Close(ctx)      // harmless after Settle or Release
//	r.Sent()                // before the first byte leaves
//	usage := call(r.Output()) // the output cap the manager granted
//	return r.Settle(ctx, budget.Outcome{Usage: usage})
//
// # Reserve, TryReserve, Check
//
// [Manager.Reserve] waits until the budget has room, [Manager.TryReserve] does not, and [Manager.Check] takes nothing.
// Most callers should use Reserve: while holds in flight could still return enough it waits its turn, and the error that
// it ends with says why no wait would help. Who has other work to do while the budget is full uses TryReserve. Check is
// for choosing among calls, as a scheduler does: what it allowed another caller may have taken a moment later.
//
// Usage that was learnt only afterwards is booked with [Manager.Record], what was charged wrongly is corrected with
// [Manager.Adjust], and several reservations that pay for one result go on a [Tab].
//
// # The promise
//
// In strict mode no grant ever adds to an amount, tokens or money, that stands above its limit or would then
// stand above it, on any of its scopes, under the limit in force at that moment. What adds nothing may go
// on: a model whose every price is 0 runs when money is overspent.
//
// Excess can only come from outside a grant: the provider bills more than was
// held, usage is recorded afterwards, a limit is lowered, or the grant was made in soft mode. Every such
// excess is booked in full as debt with its [Cause], so that at every instant, on every scope,
//
//	settled + held <= limit + debt
//
// # Units
//
// Tokens are int64. Money is [NanoUSD], an int64 of 10^-9 US dollars. There are no floats. A cost that is
// not known (a model without a price) is marked as unpriced; it is never zero. No attempt uses more than
// [MaxAttemptTokens] or costs more than [MaxAttemptCost]: a report of more is no report. Sums neither wrap
// nor saturate: what could take one past 2^62 is refused ([ErrUncountable]), and a charge that would is cut
// in its entry and ends admission until the next period.
//
// # Books
//
// Without a [Ledger] the books are counters in memory. With one, every hold is durable before Reserve
// returns, and every settlement before Settle does. Package budget/sqlite is a durable ledger, package
// budget/books reads what a ledger keeps, and package budget/budgettest is the suite that every ledger passes.
package budget
