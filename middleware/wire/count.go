package wire

import "github.com/orchestrate-go/orchestrate/tokenizer"

// Count is the input of a request as counted for one model, in its encoding. To another the same request is of other
// tokens, images and overheads: a count is taken only for the model that it names.
type Count struct {
	tokenizer.Count
	Model string // of the request that was counted
	Of    Extent // what was counted; zero if that is not known, as where somebody else counted
}

// Extent names what a request asks for, as far as that is counted: a copy that a middleware made has the same, and one
// with another list or with more in one has not. Texts of one length are not told apart, as nobody may change a
// list in place. It is good within one process, and never 0.
type Extent uint64
