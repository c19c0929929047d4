package wire

// Paid reports whether a budget pays for r already: r is what that sent, or a copy of it with the same messages.
func (r *Request) Paid() bool {
	switch by := r.PaidFor; {
	case by == nil:
		return false
	case by.Body != nil || r.Body != nil:
		return by.Body == r.Body
	default:
		return len(r.Messages) > 0 && len(by.Messages) == len(r.Messages) && &by.Messages[0] == &r.Messages[0]
	}
}

// Extent names what a request asks for, as far as that is counted: a copy that a middleware made has the same, and one
// with another list or with more in one has not. Texts of one length are not told apart, as nobody may change a
// list in place. It is good within one process, and never 0.
type Extent uint64
