// Package project opens an orchestrate.toml: its books, its budget, its model clients in their chains, its workers. It is
// what the orchestrate command is made of, for whoever embeds it.
//
//	p, err := project.Open("orchestrate.toml", nil)
//	...
//	ended, err := p.Run(ctx, project.RunOptions{TaskFile: "tasks.jsonl", Out: "results.jsonl"})
//
// A run goes through phases, each a type that has what is valid in it and no more:
//
//	Project ── prepare ──▶ prepared ── own ──▶ owned ── begin ──▶ begun ── perform ──▶ Ended
//	configuration          tasks, clients      books, which run   budget, results
//
// What the user may have to mend is looked at in the first two, so that a mistake leaves no run in the books and no
// results file.
//
// Errors that wrap a [UsageError] are the user's to mend: the configuration, the task file, the name of a run, books that
// somebody else owns. All others are the world's.
package project

import "fmt"

// UsageError is what the user has to mend. It says where, and how.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// usage marks err, if it is one, as the user's to mend.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &UsageError{err}
}

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }
