// Package models holds what is known of a model by its name alone: [Of] takes a name apart, and everything goes by what
// it finds. A new model has its facts here and nowhere else:
//
//	its price and context    prices_table.go, generated     its tiers         factors.go
//	its tokenizer            package tokenizer's models.go   its images        images.go
//	the field of its cap     capkey.go                       its overheads     overhead.go
//	input that it brings     unseen.go                       how it is spelled family.go, spelling.go
//
// Only the tokenizer stands on the floor below, for texts are counted without requests, too.
package models
