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
