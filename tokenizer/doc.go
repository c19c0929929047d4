// Package tokenizer counts the tokens a model will see in a text, and says how sure the number is.
//
// A budget is only as good as its estimate, so every answer is a [Count]: the number, the [Kind] of
// certainty, and the margin that a caller who must never be wrong adds on top.
//
//	n := tokenizer.For("gpt-4o").Count("The budget holds.")
//	n.Tokens  // 4
//	n.Kind    // exact: OpenAI publishes its vocabularies
//	n.Bound() // 4
//
// OpenAI's models are counted exactly, as its own tokenizer would, with the published vocabularies, which are part of
// the binary: nothing is ever downloaded. Other vendors' texts are counted by an estimate that was measured against
// those vocabularies of theirs that are public. Its margin reaches to the highest count measured for that kind of
// text, but never beyond one token a byte where it is proven that the vendor's tokenizer doesn't either.
//
// Exact counting takes time in proportion to the text, whatever the text: there are no regular expressions and no
// quadratic merges. A vocabulary loads on first use, in about 25 ms, and stays: 10 MB for o200k_base. Beside it
// stay 1.7 MB of remembered pieces for each goroutine that counted at the same time, up to GOMAXPROCS.
//
// The package knows text only. What a request adds around its texts (roles, tools, images) is the
// business of the package that knows the provider's request shape; [Counter.Family] tells it which one.
//
// All functions and methods are safe for concurrent use.
package tokenizer
