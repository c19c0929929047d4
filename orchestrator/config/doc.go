// Package config is orchestrate.toml: reading it with every mistake told at once, checking it, finding it from a task
// file, changing its budget without touching the rest of the file, printing what is in force, and a first one for a new
// project.
//
//	path, err := config.Find("tasks.toml", ".")
//	...
//	c, warnings, err := config.Load(path)
//	...
//	manager, err := budget.Open(ctx, budget.Config{Limits: c.Limits(), Prices: c.Prices})
package config
