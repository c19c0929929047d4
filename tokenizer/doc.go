// Package tokenizer counts the tokens a model will see in a text, and says how sure the number is.
//
// A budget is only as good as its estimate, so every answer is a [Count]: the number, its [Certainty], and the margin
// that a caller who must never be wrong adds on top.
//
//	n := tokenizer.For("gpt-4o").Count("The budget holds.")
//	n.Tokens  // 4
//	n.Certainty // exact: OpenAI publishes its vocabularies
//	n.Bound() // 4
//
// OpenAI's models are counted exactly, as its own tokenizer would, with the published vocabularies, which are part of
// the binary: nothing is ever downloaded. Other vendors' texts are counted by an estimate that was measured against
// those vocabularies of theirs that are public, and for Claude 3 and later against a public reconstruction. Its bound
// holds on all texts it was measured on, from prose to noise, and for every character alone and repeated. Where it is
// proven that the vendor's tokenizer makes no more than one token of a byte, neither does the bound. Beyond that it is
// no proof: a text made for the purpose, of words that o200k_base has and the vendor's vocabulary lacks, may have more,
// at worst up to three times as many. For what is not public it rests on assumptions, which estimate.go names.
//
// Exact counting takes time in proportion to the text, whatever the text: there are no regular expressions and no
// quadratic merges. A vocabulary loads on first use and stays. For o200k_base that takes 25 to 50 ms of a core, longer
// by the clock where the machine is busy, and 10 MB. Beside it stay 1.4 MB of remembered pieces for each goroutine that
// counted at the same time, up to GOMAXPROCS and never more than 16: further ones wait, and long texts are counted in
// turns of about a millisecond, so that nobody waits for long. [Counter.CountContext] gives up when its context ends.
//
// The package knows text only. What a request adds around its texts (roles, tools, images) is the
// business of the package that knows the provider's request shape; [Counter.Family] tells it which one.
//
// All functions and methods are safe for concurrent use.
package tokenizer
