// Package trace measures the scheduler: it makes task files whose true costs it knows, lets the real
// [orchestrator.Run] play them under a budget in virtual time, through the real chain and manager, and compares what was
// finished with the best that could have been.
//
// A [Problem] is a file of tasks in six shapes ([Shapes]): independent, chains, fan-out and fan-in, trees, layers, and a mix of
// all. Tasks belong to groups whose answers are log-normal in length, with medians of 50 to 600 tokens, and so are their
// inputs. Their caps are loose (1,024 or 4,096 tokens, whatever the group) or snug (the group's 99.5th percentile), and their
// priorities low, medium, high and critical, worth a half, 1, 2 and 8. The budget is a share of what all tasks truly
// cost.
//
// What is finished is compared with
//
//   - for files of up to 20 tasks, [Problem.BestHeld]: the most worth of a set of tasks that contains what it depends on and
//     can be held and paid for one after the other by somebody who knows every answer beforehand (exact);
//   - for larger ones, [Problem.Bound]: an upper bound on the worth of such a set that need only be paid for, by Lagrangian
//     relaxation of the budget; what remains is a maximum closure for each multiplier, a minimum cut;
//   - the simple policies ([orchestrator.ByPriority], [orchestrator.ByPlace]), and, for the time that a run takes, [Problem.Greedy], which begins
//     whatever fits.
//
// The table is made by
//
//	go test ./orchestrator/internal/trace -run TestScore -v -trace.seeds 30
//
// and its goals, by budget of 15%, 40% and 70%: large files with loose caps finish .87, .95 and .98 of the bound, .92, .97 and .985 with
// caps from history; small ones .975, .965 and .95 with loose and .96, .945 and .965 with snug caps of what holds allow; in no
// regime .005 less than the best simple policy; the time at most 2.1, 1.8 and 1.5 times that of a greedy one, 1.7, 1.5 and 1.35 with
// caps from history; no more than the limit is ever spent.
package trace
