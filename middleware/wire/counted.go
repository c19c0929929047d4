package wire

import "context"

// Counted returns r if its Count is right, else a copy that is counted. A Count that somebody else set is taken as it
// is; one that was made here is made again if what counts was changed since: a hold for another request would be too
// small. The error is ctx's cause, if ctx ends before.
func (r *Request) Counted(ctx context.Context) (*Request, error) {
	now := r.extent()
	if r.Count != nil && (r.CountOf == Extent{} || r.CountOf == now) {
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

// Extent is what tells two requests apart that do not count the same: which lists they have, and how much is in them.
// Texts of one length are not told apart, as nobody may change a list in place.
type Extent struct {
	model                   string
	messages                *Message
	tools                   *Tool
	images                  *Image
	extra                   *string
	raw                     *Raw
	nMessages, nTools       int
	nImages, nExtra, schema int
	bytes                   int
	hidden                  int64
	unseen                  string
}

// Equal reports whether e and f are the same.
func (e Extent) Equal(f Extent) bool { return e == f }

func (r *Request) extent() Extent {
	e := Extent{
		model: r.Model, raw: r.Raw, nMessages: len(r.Messages), nTools: len(r.Tools), nImages: len(r.Images), nExtra: len(r.Extra),
		schema: len(r.Schema), hidden: r.Hidden, unseen: r.Unseen, messages: first(r.Messages), tools: first(r.Tools),
		images: first(r.Images), extra: first(r.Extra),
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		e.bytes += len(m.Role) + len(m.Name) + len(m.Content)
		for j := range m.ToolCalls {
			e.bytes += len(m.ToolCalls[j].Name) + len(m.ToolCalls[j].Arguments)
		}
	}
	return e
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
