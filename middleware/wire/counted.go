package wire

import (
	"context"
	"hash/maphash"
)

// Counted returns r if its Count is right, else a copy that is counted. A Count that somebody else set is taken as it
// is; one that was made here is made again if what counts was changed since: a hold for another request would be too
// small. The error is ctx's cause, if ctx ends before.
func (r *Request) Counted(ctx context.Context) (*Request, error) {
	if r.Count != nil && r.CountOf == 0 {
		return r, nil
	}
	now := r.extent()
	if r.Count != nil && r.CountOf == now {
		return r, nil
	}
	count, err := CountContext(ctx, r)
	if err != nil {
		return nil, err
	}
	with := *r
	with.Count, with.CountOf = &count, now
	return &with, nil
}

// Extent names what a request asks for, as far as that is counted: a copy that a middleware made has the same, and one
// with another list or with more in one has not. Texts of one length are not told apart, as nobody may change a
// list in place. It is good within one process, and never 0.
type Extent uint64

// Paid reports whether a budget pays for r already: r is what that sent, or a copy of it with the same messages.
func (r *Request) Paid() bool {
	switch by := r.PaidFor; {
	case by == nil:
		return false
	case by.Raw != nil || r.Raw != nil:
		return by.Raw == r.Raw
	default:
		return len(r.Messages) > 0 && len(by.Messages) == len(r.Messages) && first(by.Messages) == first(r.Messages)
	}
}

var extents = maphash.MakeSeed() // of this process

func (r *Request) extent() Extent {
	bytes := 0
	for i := range r.Messages {
		m := &r.Messages[i]
		bytes += len(m.Role) + len(m.Name) + len(m.Content)
		for j := range m.ToolCalls {
			bytes += len(m.ToolCalls[j].Name) + len(m.ToolCalls[j].Arguments)
		}
	}
	return Extent(maphash.Comparable(extents, struct {
		model, unseen string
		messages      *Message
		tools         *Tool
		images        *Image
		extra         *string
		raw           *Raw
		sizes         [6]int
		hidden        int64
	}{
		r.Model, r.Unseen, first(r.Messages), first(r.Tools), first(r.Images), first(r.Extra), r.Raw,
		[...]int{len(r.Messages), len(r.Tools), len(r.Images), len(r.Extra), len(r.Schema), bytes}, r.Hidden,
	})) | 1
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
