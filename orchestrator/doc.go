// Package orchestrator runs a file of tasks under a budget: it reads the project's configuration and the
// task file, ranks the tasks, asks the budget before every decision, hands tasks to workers, and keeps a
// result for each. It knows workers and budgets, and no provider.
//
//	tasks, err := orchestrator.LoadTasks("tasks.toml")
//	...
//	summary, err := orchestrator.Run(ctx, orchestrator.Options{
//		Manager: manager,
//		Workers: []orchestrator.Slots{{Name: "writer", Worker: w, Concurrency: 4}},
//		Tasks:   tasks,
//		Run:     orchestrator.NewRunID(),
//	})
package orchestrator
