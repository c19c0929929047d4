// Package orchestrator runs tasks under a budget: it ranks them, asks the budget before every decision, hands tasks to
// workers, and keeps a result for each. It knows workers and budgets, and no provider; where tasks and limits come from is
// the business of its rooms tasks and config.
//
//	list, err := tasks.Load("tasks.toml")
//	...
//	summary, err := orchestrator.Run(ctx, orchestrator.Options{
//		Manager: manager,
//		Workers: []orchestrator.Slots{{Name: "writer", Worker: w, Concurrency: 4}},
//		Tasks:   list,
//		Run:     orchestrator.NewRunID(),
//	})
package orchestrator
