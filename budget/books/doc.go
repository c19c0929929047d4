// Package books reads the books that managers of package budget keep, and needs no manager for it.
//
// A [Store] is where books are kept. Any store can be read, reported on, checked and moved:
//
//	store, err := sqlite.OpenReader(ctx, ".orchestrate/ledger.db")
//	history, err := books.Summarize(store.Entries(ctx, books.Filter{Run: run}), byModel)
//	verified, err := books.Verify(ctx, store, books.VerifyOptions{})
//	exported, err := books.Export(ctx, store, file, books.ExportOptions{})
//	imported, err := books.Import(ctx, owned, file, books.ImportOptions{}) // by the owner
//
// [Audit] says of single entries what is wrong with them. Package budget/sqlite is a store in a file, [Memory] is one that
// is lost with the process, and package budget/budgettest has the suite that every store passes.
package books
