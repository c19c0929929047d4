// Package books reads the books that managers of package budget keep, and needs no manager for it.
//
// [Summarize] adds up the entries that a [Filter] chooses: by model, worker, task or whatever else an entry says.
// [Audit] reads books from their beginning and says what is wrong with each entry.
package books
