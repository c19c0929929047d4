// Package simulate plays budget managers and their ledger against a small model of what they should do:
// many callers, but one step at a time, in virtual time, from a seed.
//
//	func TestSimulation(t *testing.T) {
//		simulate.Run(t, 50_000, func(*testing.T) budgettest.Ledger { return new(budget.Memory) }, nil)
//	}
//
// Any store joins with a test like this one. Each step begins or ends something (a reservation, a tab, a
// wait, a limit, a period, a process), corrects what an attempt was charged, lets time pass, or decides a
// write that is under way: whether it comes into the books and what the manager is told. Then everything
// runs until nothing moves any more, and what the manager did is held against
//
//   - the promise (safety): in every account, in memory and in the books, 0 <= held and
//     settled + held <= limit + debt; no grant in strict mode leaves more than the limit in force; the
//     books and the counters agree whenever no write is under way;
//   - progress (liveness): nobody waits without a reason, no leaked hold and no period that is due is
//     left alone; and in the end, when faults stop and everybody ends what they hold, every call is answered
//     and nothing is held. [RunCrowd] plays large calls that wait in a crowd of small ones;
//   - the model: who is granted and how much, who waits, who is refused and why, who is served next, and
//     every counter, in memory and in the books.
//
// A failure names the seed and shows the steps that it takes, without those that it does not. In the
// environment SIM_STEPS sets the number of steps, and SIM_SEED replays one seed:
//
//	SIM_STEPS=1000000 go test -run '^TestSimulation$' ./budget
//	SIM_SEED=42 go test -run '^TestSimulation$' ./budget
//
// A panic in a goroutine of the manager's own cannot be shrunk; the number of the bubble in its stack is that
// of the seed, if nothing else ran before.
package simulate
