// Package document reads the files that people write for the orchestrator: its configuration and its task files. It tells
// every mistake of a file at once, each with its place and its remedy.
//
// A [Source] is the file; [Decode] makes a [Table] of one in TOML, and a reader of another format makes its own. What is
// read from a table with Text, Tokens, USD and so on is checked on the way, and Done tells what nobody asked for:
//
//	src := document.NewSource("orchestrate.toml")
//	root, ok := document.Decode(src, data, 20_000)
//	...
//	budget := root.Table("budget")
//	limit := budget.Tokens("total_budget_limit")
//	budget.Done()
//	root.Done()
//	return src.Err()
package document
