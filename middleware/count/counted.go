package count

import (
	"context"
	"hash/maphash"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Counted returns r if its Count is right, else a copy that is counted. A Count that somebody else set for the same model
// is taken as it is; one that was made here is made again if what counts was changed since: a hold for another request
// would be too small. The error is ctx's cause, if ctx ends before.
func Counted(ctx context.Context, r *wire.Request) (*wire.Request, error) {
	known := r.Count
	if known != nil && known.Model != r.Model { // of a middleware that chose another model since
		known = nil
	}
	if known != nil && known.Of == 0 {
		return r, nil
	}
	now := extent(r)
	if known != nil && known.Of == now {
		return r, nil
	}
	n, err := OfContext(ctx, r)
	if err != nil {
		return nil, err
	}
	with := *r
	with.Count = &wire.Count{Count: n, Model: r.Model, Of: now}
	return &with, nil
}

var extents = maphash.MakeSeed() // of this process

func extent(r *wire.Request) wire.Extent {
	bytes := 0
	for i := range r.Messages {
		m := &r.Messages[i]
		bytes += len(m.Role) + len(m.Name)
		for j := range m.Parts {
			p := &m.Parts[j]
			bytes += len(p.Text) + len(p.Signature)
			if p.Call != nil {
				bytes += len(p.Call.Name) + len(p.Call.Arguments)
			}
			if p.Image != nil {
				bytes += len(p.Image.Data) + len(p.Image.URL) + len(p.Image.Detail)
			}
		}
	}
	return wire.Extent(maphash.Comparable(extents, struct {
		model    string
		messages *wire.Message
		tools    *wire.Tool
		body     *wire.Body
		sizes    [4]int
	}{
		r.Model, first(r.Messages), first(r.Tools), r.Body, [...]int{len(r.Messages), len(r.Tools), len(r.Schema), bytes},
	})) | 1
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// Beside names what of r has no bound beside the tools that run at the provider: the Beside of its body, what its model brings by
// itself, or an image whose model has no rule for its size. Empty if that is nothing.
func Beside(r *wire.Request) string {
	if r.Body != nil && r.Body.Beside != "" {
		return r.Body.Beside
	}
	model := models.Of(r.Model)
	if why := model.Unseen(); why != "" {
		return why
	}
	t := tally{counter: model.Counter()}
	for _, i := range pictures(r) {
		if t.image(model.Images(), i).Certainty == tokenizer.None {
			return "an image of unknown size"
		}
	}
	return ""
}

// Uncounted names what r is charged for and nobody here can see: the Unseen of its body, or what its model brings by itself. Empty if
// all is seen.
func Uncounted(r *wire.Request) string {
	if r.Body != nil && r.Body.Unseen != "" {
		return r.Body.Unseen
	}
	return models.Of(r.Model).Unseen()
}
